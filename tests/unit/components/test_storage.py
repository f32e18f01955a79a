"""What an app gets of its storages: environment, mounts, and a hash that covers them and no value."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.storage.directory import FOLDER
from tests import engine, stacks
from tests.engine import SECRET_KEY, Program

S3 = {
    "kind": "s3",
    "bucket": "acme",
    "endpoint": "https://s3.example.com",
    "access_key": "S3_ACCESS",
    "secret_key": "S3_SECRET",
}
FILES = {"kind": "directory", "path": "/srv/files"}
MAIL = {"mail": {"command": ["work"]}}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")
    monkeypatch.setenv("S3_ACCESS", "AKIA-canary")
    monkeypatch.setenv("S3_SECRET", "hunter2-canary")


def stack(used: list[str], sections: dict[str, Any] | None = None, **web: Any) -> dict[str, Any]:
    config = stacks.stable(user="1000:1000", storage=used, **web)
    return {**config, "storage": {"media": S3, "files": FILES} if sections is None else sections}


def live(program: Program) -> str:
    return str(program.outputs["live"]["web"])


def envs(program: Program, name: str) -> dict[str, str]:
    """Variable → value of a container; marked as a whole where there is a key among them."""
    said = program.one(name).inputs["envs"]
    listed = said["value"] if isinstance(said, dict) else said
    return {variable: value for variable, _, value in (env.partition("=") for env in listed)}


def test_a_release_is_told_its_bucket_and_its_key_is_marked() -> None:
    program = engine.run(stack(["media"]))
    told = envs(program, f"web-{live(program)}")

    assert told["STORAGE_MEDIA_BUCKET"] == "acme"
    assert told["STORAGE_MEDIA_SECRET_ACCESS_KEY"] == told["AWS_SECRET_ACCESS_KEY"] == "hunter2-canary"
    assert told["AWS_ACCESS_KEY_ID"] == told["STORAGE_MEDIA_ACCESS_KEY_ID"] == "AKIA-canary"


def test_no_key_of_a_bucket_reaches_a_resource_or_an_output_unmarked() -> None:
    program = engine.run(stack(["media"], before_switch={"command": ["migrate"]}, workers=MAIL))
    plain = [unmarked(resource.inputs) for resource in program.resources]

    assert "canary" in repr([resource.inputs for resource in program.resources])
    assert "canary" not in repr(plain)
    assert "canary" not in repr(program.outputs)


def unmarked(value: Any) -> Any:
    """A value without what stands in an envelope."""
    if isinstance(value, dict):
        return None if SECRET_KEY in value else {key: unmarked(item) for key, item in value.items()}
    return [unmarked(item) for item in value] if isinstance(value, list) else value


def test_jobs_workers_and_cron_are_told_the_same() -> None:
    cron = {"clean": {"command": ["clean"], "schedule": "5 4 * * *"}}
    program = engine.run(stack(["media", "files"], before_switch={"command": ["migrate"]}, workers=MAIL, cron=cron))
    release = f"web-{live(program)}"
    beside = [found.name for found in program.of("docker:index/container:Container")]
    beside = [name for name in beside if name not in (release, "gateway", "scheduler")]

    assert len(beside) == 3
    for name in beside:
        wanted = {variable: value for variable, value in envs(program, release).items() if "TANDEM" not in variable}
        assert wanted.items() <= envs(program, name).items()
        assert program.one(name).inputs["mounts"] == program.one(release).inputs["mounts"]


def test_an_app_that_uses_none_is_told_nothing_and_keeps_its_release() -> None:
    without = engine.run(stack([], {}))
    beside = engine.run(stack([]))

    assert live(without) == live(beside)
    assert not [name for name in envs(beside, f"web-{live(beside)}") if name.startswith(("STORAGE_", "AWS_"))]


@pytest.mark.parametrize(
    "change",
    [
        {"bucket": "other"},
        {"endpoint": "https://other.example.com"},
        {"region": "eu-1"},
        {"path_style": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_place_is_another_release(change: dict[str, Any]) -> None:
    before, after = (engine.run(stack(["media"], {"media": {**S3, **more}})) for more in ({}, change))

    assert live(before) != live(after)


@pytest.mark.parametrize("secret", ["S3_ACCESS", "S3_SECRET"])
def test_another_key_is_another_release_and_another_worker(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    before = engine.run(stack(["media"], workers=MAIL))
    monkeypatch.setenv(secret, "another-canary")
    after = engine.run(stack(["media"], workers=MAIL))

    assert live(before) != live(after)
    assert {found.name for found in before.resources if "mail" in found.name}.isdisjoint(
        found.name for found in after.resources if "mail" in found.name
    )


def test_a_worker_of_a_frozen_release_is_made_anew_for_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    rollout = {"live": "blue", "blue": {"image": stacks.IMAGE_1, "frozen": stacks.FROZEN}}
    config = {**stack(["media"], workers=MAIL), "rollouts": {"web": rollout}}
    before = engine.run(config)
    monkeypatch.setenv("S3_SECRET", "another-canary")
    after = engine.run(config)

    assert live(before) == live(after)
    workers = [{found.name for found in run.resources if found.name.startswith("web-mail-")} for run in (before, after)]
    assert workers[0] != workers[1]


def test_a_folder_is_mounted_once_it_was_made_for_the_apps_user() -> None:
    program = engine.run(stack(["files"]))
    container = program.one(f"web-{live(program)}")
    made = program.one("storage-files")

    assert container.inputs["mounts"] == [
        {"type": "bind", "source": "/srv/files", "target": "/storage/files", "readOnly": False}
    ]
    assert "storage-files" in container.depends_on
    assert made.inputs["create"] == "timeout 60 sh -s -- /srv/files 1000:1000"
    assert "delete" not in made.inputs
    assert envs(program, container.name)["STORAGE_FILES_DIRECTORY"] == "/storage/files"


def folder(path: Path, owner: str = "65534:65534") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(FOLDER), str(path), owner], capture_output=True, text=True, check=False)


def owner(path: Path) -> str:
    found = path.stat()
    return f"{found.st_uid}:{found.st_gid}"


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """Who the tests run as: whoever that is may make a folder for himself."""
    return owner(tmp_path)


def test_a_folder_is_made_with_those_above_it_and_a_second_time_nothing_happens(tmp_path: Path, mine: str) -> None:
    path = tmp_path / "a" / "b c"

    assert folder(path, mine).returncode == folder(path, mine).returncode == 0
    assert (owner(path), path.stat().st_mode & 0o777) == (mine, 0o750)


def test_a_folder_with_somebody_elses_files_is_refused_with_the_next_command(tmp_path: Path, mine: str) -> None:
    (tmp_path / "picture").write_text("x")
    refused = folder(tmp_path, "12345:12345")

    assert refused.returncode == 1
    assert f"is of {mine}, and the apps that use it run as 12345:12345" in refused.stderr
    assert f"sudo chown -R 12345:12345 {tmp_path}" in refused.stderr
    assert owner(tmp_path) == mine


def test_a_folder_that_its_group_may_write_is_left_as_it_is(tmp_path: Path, mine: str) -> None:
    (tmp_path / "picture").write_text("x")
    tmp_path.chmod(0o770)

    assert folder(tmp_path, f"12345:{mine.partition(':')[2]}").returncode == 0
    assert owner(tmp_path) == mine


def test_a_file_is_no_folder(tmp_path: Path, mine: str) -> None:
    (tmp_path / "file").write_text("x")

    assert "is no folder" in folder(tmp_path / "file", mine).stderr
