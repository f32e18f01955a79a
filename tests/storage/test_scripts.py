"""The host's half of `tandem check storage`, on containers that only say what an app would be told."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tandem.checks.storage import FILES, read
from tandem.checks.storage_words import Answer
from tests.e2e.project import docker
from tests.storage.server import REGION, Key, Service

GATEWAY = "tandem-gateway:local"
Boxes = Callable[..., str]


@pytest.fixture
def box() -> Iterator[Boxes]:
    """Makes a container that is told `STORAGE_MEDIA_<NAME>`, with further options of `docker create`; its name."""
    made: list[str] = []

    def make(*options: str, image: str = "demo:1", command: Sequence[str] = (), **told: str) -> str:
        name = f"storage{uuid.uuid4().hex[:6]}"
        env = [word for key, value in told.items() for word in ("--env", f"STORAGE_MEDIA_{key}={value}")]
        docker("create", "--name", name, *env, *options, image, *command)
        made.append(name)
        return name

    yield make
    if made:
        docker("rm", "-f", *made)


def of_bucket(s3: Service, key: Key, **more: str) -> dict[str, str]:
    return {
        "BUCKET": "acme",
        "ENDPOINT": s3.address,
        "REGION": REGION,
        "ACCESS_KEY_ID": key.access,
        "SECRET_ACCESS_KEY": key.secret,
        "ADDRESSING_STYLE": "path",
        **more,
    }


def run(script: str, container: str, last: str) -> tuple[dict[str, Answer], str]:
    argv = ["sh", str(FILES / script), container, "STORAGE_MEDIA", last]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=100)
    return read(done.stdout), done.stdout + done.stderr


@pytest.fixture(params=["the host's curl", "the gateway's curl"])
def gateway(request: pytest.FixtureRequest, box: Boxes) -> str:
    """A gateway that does not run, or one that does."""
    if request.param == "the host's curl":
        return "no-such-gateway"
    name = box("--read-only", "--cap-drop", "ALL", "--entrypoint", "sleep", image=GATEWAY, command=["600"])
    docker("start", name)
    return name


def test_all_four_are_well_and_nothing_is_left(s3: Service, box: Boxes, gateway: str) -> None:
    s3.lenient()
    told = of_bucket(s3, s3.user(uuid.uuid4().hex))
    s3.strict()
    answers, _ = run("bucket", box(**told), gateway)
    s3.lenient()

    assert answers == dict.fromkeys(("write", "read", "list", "delete"), Answer("ok"))
    assert s3.objects("acme") == []


def test_a_key_may_be_in_files(s3: Service, box: Boxes, tmp_path: Path) -> None:
    s3.lenient()
    key = s3.user(uuid.uuid4().hex)
    s3.strict()
    told = of_bucket(s3, key)
    for half in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        (tmp_path / half).write_text(told.pop(half))
        told[f"{half}_FILE"] = f"/run/secrets/{half}"
    mount = ("--mount", f"type=bind,src={tmp_path},dst=/run/secrets,readonly")
    answers, _ = run("bucket", box(*mount, **told), "no-such-gateway")

    assert answers == dict.fromkeys(("write", "read", "list", "delete"), Answer("ok"))
    (tmp_path / "SECRET_ACCESS_KEY").unlink()
    assert run("bucket", box(*mount, **told), "no-such-gateway")[0] == {"container": Answer("untold")}


def test_a_wrong_key_is_told_by_its_code_and_never_itself(s3: Service, box: Boxes, gateway: str) -> None:
    s3.lenient()
    key = s3.user(uuid.uuid4().hex)
    s3.strict()
    wrong = Key(key.access, 'canary"with\\quotes')
    answers, said = run("bucket", box(**of_bucket(s3, wrong)), gateway)

    assert answers == dict.fromkeys(("write", "list"), Answer("403", "SignatureDoesNotMatch"))
    assert "canary" not in said
    assert run("bucket", box(**of_bucket(s3, Key("AKIAUNKNOWN", "x"))), gateway)[0]["write"].why == "InvalidAccessKeyId"


@pytest.mark.parametrize("lacking", ["read", "list", "delete"])
def test_a_right_that_lacks_is_told_for_its_step(s3: Service, box: Boxes, lacking: str) -> None:
    right = {"read": "s3:GetObject", "list": "s3:ListBucket", "delete": "s3:DeleteObject"}[lacking]
    may = [one for one in ("s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket") if one != right]
    s3.lenient()
    key = s3.user(uuid.uuid4().hex, may)
    s3.strict()
    answers, _ = run("bucket", box(**of_bucket(s3, key)), "no-such-gateway")

    assert {step for step, answer in answers.items() if answer.denied} == {lacking}
    assert sum(answer.ok for answer in answers.values()) == 3


def test_a_bucket_that_is_not_there(s3: Service, box: Boxes) -> None:
    s3.lenient()
    key = s3.user(uuid.uuid4().hex)
    s3.strict()
    answers, _ = run("bucket", box(**of_bucket(s3, key, BUCKET="elsewhere")), "no-such-gateway")

    assert answers["write"] == Answer("404", "NoSuchBucket")


@pytest.mark.parametrize(
    ("endpoint", "status"), [("http://nobody.invalid", "curl 6"), ("http://127.0.0.1:1", "curl 7")]
)
def test_a_service_that_is_not_there(box: Boxes, endpoint: str, status: str) -> None:
    told = {"BUCKET": "acme", "ENDPOINT": endpoint, "REGION": "auto", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}
    answers, _ = run("bucket", box(**told), "no-such-gateway")

    assert answers["write"].status == status
    assert answers["write"].why


@pytest.mark.parametrize("script", ["bucket", "folder"])
def test_a_container_that_is_not_told_of_it(box: Boxes, script: str) -> None:
    assert run(script, box(), GATEWAY)[0] == {"container": Answer("untold")}
    assert run(script, "no-such-container", GATEWAY)[0] == {"container": Answer("gone")}


def folder(box: Boxes, path: Path) -> str:
    """A running container as an app's would be, with its folder."""
    mount = f"type=bind,src={path},dst=/storage/media"
    name = box("--user", "65534:65534", "--mount", mount, DIRECTORY="/storage/media")
    docker("start", name)
    return name


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of the app's user."""
    tmp_path.chmod(0o777)
    return tmp_path


def test_a_folder_is_well_and_nothing_is_left(box: Boxes, theirs: Path) -> None:
    answers, _ = run("folder", folder(box, theirs), GATEWAY)

    assert answers == dict.fromkeys(("write", "read", "list", "delete"), Answer("ok"))
    assert list(theirs.iterdir()) == []


def test_a_folder_of_somebody_else(box: Boxes, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    answers, _ = run("folder", folder(box, tmp_path), GATEWAY)

    assert answers["write"] == Answer("failed", "Permission denied")
    assert answers["list"].ok


def test_an_image_without_a_shell_is_looked_at_from_beside(box: Boxes, theirs: Path) -> None:
    name = folder(box, theirs)
    docker("exec", "--user", "0", name, "sh", "-c", "rm -f /bin/sh /usr/bin/sh")
    answers, _ = run("folder", name, GATEWAY)

    assert all(answer.ok for answer in answers.values())
    assert len(answers) == 4
