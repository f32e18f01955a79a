"""Secrets as files on this machine: who has them, what comes back after a reboot, and a new value under load."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import names, secret_files
from tests import load
from tests.canary import Canary, proved
from tests.e2e.project import APP, STACK, Project, docker, project

SEES_IT = ["sh", "-c", 'test "$(stat -c "%a %u" "$API_TOKEN_FILE")" = "400 65534" && ! env | grep -q canary']
JOBS = {
    "before_switch": {"command": SEES_IT},
    "after_switch": {"command": SEES_IT},
    "workers": {"mail": {"command": ["sh", "-c", 'cat "$API_TOKEN_FILE" >/dev/null && exec sleep 1000']}},
}


def app(delivery: str, **more: Any) -> dict[str, Any]:
    section = {**APP, "domains": ["web.localhost"], "secrets": ["API_TOKEN"], "delivery": delivery}
    return {"web": section | more}


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> Canary:
    """The secret, in the environment of whoever deploys."""
    made = Canary()
    monkeypatch.setenv("API_TOKEN", made.value)
    return made


@pytest.fixture
def web(tmp_path: Path, engine: str, canary: Canary) -> Iterator[Project]:
    """A project whose app has the secret as a file, and so have its jobs and its worker."""
    if secret_files.here("p", STACK, "") is None:
        pytest.skip("this machine has no tmpfs at /run or /dev/shm, which delivery: files needs")
    with project(tmp_path, engine=engine, apps=app("files", **JOBS)) as made:
        yield made


def memory(made: Project) -> Path:
    """The stack's folder in memory."""
    places = secret_files.here(made.name, STACK, "")
    assert places
    return Path(places.memory)


def test_a_canary_is_in_the_apps_file_and_nowhere_else(web: Project, canary: Canary) -> None:
    said = [
        web.ok("deploy", "web", "demo:1"),
        web.ok("up", "--json"),
        web.ok("status"),
        web.ok("check"),
        web.ok("history"),
    ]
    assert proved(web.port, canary) == "file"

    stack = names.stack_directory(web.name, STACK)
    inspected = docker("inspect", *docker("ps", "-aq", "--filter", f"label={names.LABEL_PROJECT}={web.name}").split())
    logs = [docker("logs", box) for box in web.containers().values()]
    assert inspected.count("/run/secrets/API_TOKEN") >= 4
    assert not canary.is_in(inspected)
    assert not [one.text for one in said if canary.is_in(one.text)]
    assert not [log for log in logs if canary.is_in(log)]
    state = [path for path in stack.rglob("*") if path.is_file() and b"secrets-web-" in path.read_bytes()]
    assert state, "the engine's state is there, with what put the file"
    assert canary.files(stack) + canary.files(web.directory) == []
    assert len(canary.files(memory(web))) == 1


def test_the_error_of_a_command_that_fails_does_not_tell_it(web: Project, canary: Canary) -> None:
    folder = memory(web)
    # A file where the app's folder is to be: nothing can be put.
    folder.mkdir(mode=0o700, parents=True)
    folder.parent.chmod(0o700)
    (folder / "web").write_text("")
    failed = web.run("deploy", "web", "demo:1")

    assert failed.code != 0
    assert "cannot be written to" in failed.text
    assert not canary.is_in(failed.text)
    assert canary.files(names.stack_directory(web.name, STACK)) + canary.files(web.directory) == []
    (folder / "web").unlink()
    web.ok("deploy", "web", "demo:1")
    assert proved(web.port, canary) == "file"


def test_after_a_reboot_the_next_command_brings_them_back(web: Project, canary: Canary) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    shutil.rmtree(memory(web))
    assert web.status() and "secret files are not in memory" in web.ok("status").text
    assert web.run("check").code != 0
    boxes = docker("ps", "-q", "--filter", f"label={names.LABEL_PROJECT}={web.name}").split()
    docker("stop", "-t", "1", *boxes)

    web.ok("up")

    assert proved(web.port, canary) == "file"
    assert "secret files" not in web.ok("status").text
    web.ok("rollback", "web")
    assert proved(web.port, canary) == "file"


def test_a_release_whose_files_cannot_come_back_stays_down_and_the_others_start(tmp_path: Path, canary: Canary) -> None:
    other = {"other": {**APP, "domains": ["other.localhost"]}}
    with project(tmp_path, engine="offline", apps=app("files") | other) as made:
        made.ok("deploy", "web", "demo:1")
        made.ok("deploy", "other", "demo:1")
        docker("stop", "-t", "1", *made.containers().values(), *made.containers("other").values())
        (twin,) = names.stack_directory(made.name, STACK).glob("sealed/*/web/*")
        twin.chmod(0o600)
        twin.write_bytes(twin.read_bytes()[:64])
        shutil.rmtree(memory(made))

        said = made.run("start")

        assert said.code != 0
        assert "web " in said.text and "stays down: its secrets cannot be unsealed" in said.text
        assert made.served_by("other")[0] == 200
        assert made.served_by("web")[0] != 200
        assert not canary.is_in(said.text)


def test_destroy_leaves_nothing_in_memory_and_nothing_sealed(web: Project, canary: Canary) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("destroy", "--yes")

    assert not memory(web).exists()
    assert not (names.stack_directory(web.name, STACK) / "sealed").exists()


def test_another_delivery_leaves_the_way_back_its_files(tmp_path: Path, engine: str, canary: Canary) -> None:
    with project(tmp_path, engine=engine, apps=app("files")) as made:
        made.ok("deploy", "web", "demo:1")
        made.file.write_text(made.file.read_text().replace('"delivery": "files"', '"delivery": "env"'))
        made.ok("deploy", "web", "demo:2")
        assert proved(made.port, canary) == "env"

        made.ok("rollback", "web")
        assert proved(made.port, canary) == "file"
        made.ok("cancel", "web")
        assert proved(made.port, canary) == "file"


def test_after_a_way_back_workers_have_todays_value_and_the_release_the_one_it_served_with(
    tmp_path: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project(tmp_path, engine="offline", apps=app("files", workers=JOBS["workers"])) as made:
        made.ok("deploy", "web", "demo:1")
        rotated = Canary()
        monkeypatch.setenv("API_TOKEN", rotated.value)
        made.ok("deploy", "web", "demo:2")
        assert proved(made.port, rotated) == "file"

        made.ok("rollback", "web")

        assert proved(made.port, canary) == "file"
        labels = (f"label={names.LABEL_PROJECT}={made.name}", f"label={names.LABEL_WORKER}=mail")
        (worker,) = docker("ps", "-q", "--filter", labels[0], "--filter", labels[1]).split()
        assert docker("exec", worker, "cat", "/run/secrets/API_TOKEN") == rotated.value
        made.ok("deploy", "web", "demo:1")
        assert proved(made.port, rotated) == "file"
        # One folder for each release that is still there.
        assert len(list((memory(made) / "web").iterdir())) == len(made.containers())


@pytest.mark.parametrize("delivery", ["env", "files"])
def test_a_rotated_secret_reaches_the_app_without_a_lost_request(
    delivery: str, tmp_path: Path, engine: str, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with project(tmp_path, engine=engine, apps=app(delivery)) as made:
        made.ok("deploy", "web", "demo:1")
        with load.background(made.port, header="web.localhost", clients=8, fresh=2, think=0.01) as seen:
            for _ in range(2):
                rotated = Canary()
                monkeypatch.setenv("API_TOKEN", rotated.value)
                made.ok("up")
                assert proved(made.port, rotated) == {"env": "env", "files": "file"}[delivery]

        assert seen.lost == 0, str(seen)
        assert len(seen.release) == 3
        assert seen.requests > 500


def test_without_root_docker_does_what_takes_root(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests are this one")
    places = secret_files.here("nobody", STACK, "tandem-gateway:local")
    assert places
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == 0 and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    group = str(Path("/var/run/docker.sock").stat().st_gid)
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", group]
    made = secret_files.Places(places.memory, str(tmp_path / "sealed"), places.script)
    canary = Canary()
    from components.secrets.delivery import packed

    def run(*words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run([*nobody, *words], input=told, capture_output=True, text=True, check=False)

    put = run(*made.words("put", "web", "blue-1a2b3c4d", "1000:1000", "demo:1"), told=packed({"TOKEN": canary.value}))
    assert put.returncode == 0, put.stderr
    file = Path(places.memory) / "web" / "blue-1a2b3c4d" / "TOKEN"
    assert (file.read_text(), file.stat().st_uid, file.stat().st_mode & 0o777) == (canary.value, 1000, 0o400)
    shutil.rmtree(places.memory)
    assert run(*made.words("restore")).returncode == 0
    assert file.read_text() == canary.value
    assert canary.files(tmp_path) == []
    assert run(*made.words("drop", "web", "blue-1a2b3c4d")).returncode == 0
    assert not Path(places.memory).exists()
