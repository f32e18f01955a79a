"""A local stack with a bucket and a folder: deployed, checked, and what `tandem check storage` says of each wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.project import APP, Project, docker, free_port, project, write_stack_file
from tests.storage.server import REGION, Key, Service

USED = {"web": {**APP, "domains": ["web.localhost"], "storage": ["media", "files"]}}


@pytest.fixture(scope="module")
def keys(s3: Service) -> Iterator[Mapping[str, Key]]:
    s3.lenient()
    nearly = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]
    made = {"whole": s3.user("whole"), "blind": s3.user("blind", nearly)}
    s3.strict()
    yield made


@pytest.fixture
def web(tmp_path: Path, s3: Service) -> Iterator[Project]:
    """One app that uses a bucket and a folder, nothing deployed."""
    folder = tmp_path / "project"
    folder.mkdir()
    with project(folder, engine="offline", apps=USED) as made:
        say(made, s3, tmp_path / "files")
        yield made


def say(web: Project, s3: Service, files: Path, **media: Any) -> None:
    """The stack file, with changed settings of the bucket; the rollout stays."""
    text = web.file.read_text()
    rollouts = text[text.index("  tandem:rollouts:") :] if "tandem:rollouts:" in text else ""
    bucket = {
        "kind": "s3",
        "bucket": "acme",
        "endpoint": s3.address,
        "region": REGION,
        "access_key": "S3_ACCESS",
        "secret_key": "S3_SECRET",
        **media,
    }
    storage = {"media": bucket, "files": {"kind": "directory", "path": str(files)}}
    write_stack_file(web, USED)
    web.file.write_text(f"{web.file.read_text()}  tandem:storage: {json.dumps(storage)}\n{rollouts}")


def use(monkeypatch: pytest.MonkeyPatch, key: Key) -> None:
    monkeypatch.setenv("S3_ACCESS", key.access)
    monkeypatch.setenv("S3_SECRET", key.secret)


def check(web: Project, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code, and the rows by storage."""
    ran = web.run("check", "storage", *words, "--json")
    return ran.code, {row["storage"]: row for row in map(json.loads, ran.out.splitlines()) if "storage" in row}


def test_a_bucket_and_a_folder_work_and_each_wrong_is_named(
    web: Project, s3: Service, keys: Mapping[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, keys["whole"])
    assert "web has no live release" in web.run("check", "storage").text
    web.ok("deploy", "web", "demo:1")
    code, rows = check(web)

    assert code == 0, rows
    assert {row["level"] for row in rows.values()} == {"good"}
    assert rows["media"]["steps"] == rows["files"]["steps"] == dict.fromkeys(("write", "read", "list", "delete"), "ok")
    assert list((tmp_path / "files").iterdir()) == []
    assert (tmp_path / "files").stat().st_uid == 65534
    first = web.status()["release"]

    use(monkeypatch, Key(keys["whole"].access, "not-the-secret"))
    web.ok("deploy", "web", "demo:1")
    code, rows = check(web, "media")
    assert web.status()["release"] != first
    assert (code, rows["media"]["found"]) == (5, "write: 403 SignatureDoesNotMatch")
    assert "The secret S3_SECRET is wrong" in rows["media"]["remedy"]
    assert "not-the-secret" not in web.run("check", "storage").text

    use(monkeypatch, keys["blind"])
    web.ok("deploy", "web", "demo:1")
    code, rows = check(web)
    assert (code, rows["media"]["found"]) == (5, "list: 403 AccessDenied")
    assert "s3:ListBucket on the bucket acme" in rows["media"]["remedy"]
    assert rows["files"]["level"] == "good"

    say(web, s3, tmp_path / "files", bucket="nowhere")
    use(monkeypatch, keys["whole"])
    web.ok("deploy", "web", "demo:1")
    code, rows = check(web, "media")
    assert (code, rows["media"]["found"]) == (5, "write: 404 NoSuchBucket")
    assert "has no bucket nowhere" in rows["media"]["remedy"]

    say(web, s3, tmp_path / "files", endpoint=f"http://127.0.0.1:{free_port()}")
    web.ok("deploy", "web", "demo:1")
    code, rows = check(web, "media")
    assert code == 5
    assert rows["media"]["found"].startswith("write: curl 7")
    assert "does not listen, seen from the stack's machine" in rows["media"]["remedy"]

    assert "did you mean 'media'" in web.run("check", "storage", "medai").text
    assert web.run("check", "storage", "medai").code == 2


def test_what_the_app_writes_outlives_its_releases(
    web: Project, keys: Mapping[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, keys["whole"])
    web.ok("deploy", "web", "demo:1")
    box = next(iter(web.containers().values()))
    docker("exec", box, "sh", "-c", "echo picture >/storage/files/cat.jpg")
    web.ok("deploy", "web", "demo:2")
    web.ok("destroy", "--yes", "--data")

    assert (tmp_path / "files" / "cat.jpg").read_text() == "picture\n"
