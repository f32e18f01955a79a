"""Secrets as files in the program, on mocked resources: whose folder, what is told, what waits for what."""

from __future__ import annotations

import base64
import io
import shlex
import tarfile
from typing import Any

import pytest

from components.secrets.delivery import packed
from config import secret_files
from tests import engine, stacks
from tests.engine import Program

COLOURS = ("blue", "green")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")
    monkeypatch.setenv("API_TOKEN", "value")
    monkeypatch.setattr(secret_files, "in_memory", lambda place: place == "/dev/shm")


def with_files(config: dict[str, Any], **web: Any) -> dict[str, Any]:
    return {**config, "apps": {"web": {**config["apps"]["web"], "secrets": ["API_TOKEN"], "delivery": "files", **web}}}


def folder_of(program: Program, name: str) -> str:
    (mount,) = [one for one in program.one(name).inputs["mounts"] if one["target"] == "/run/secrets"]
    assert mount["readOnly"] is True
    return str(mount["source"])


def test_every_container_of_a_release_has_its_folder_and_waits_for_it() -> None:
    jobs = {
        "before_switch": {"command": ["migrate"]},
        "after_switch": {"command": ["warm"]},
        "workers": {"mail": {"command": ["work"]}},
        "cron": {"night": {"command": ["tidy"], "schedule": "0 3 * * *"}},
    }
    program = engine.run(with_files(stacks.prepared(), **jobs))

    releases = [program.outputs["releases"]["web"][colour]["release"] for colour in COLOURS]
    live = releases[0]
    users = {f"{kind}{release}": release for kind in ("web-", "job-web-before-") for release in releases}
    followers = [
        one.name for one in program.resources if one.name.startswith(("web-mail-", "cron-web-night-", "job-web-after-"))
    ]
    assert len(followers) == 3
    for name, release in {**users, **dict.fromkeys(followers, live)}.items():
        assert folder_of(program, name) == f"/dev/shm/tandem-secrets/tandem-test/web/{release}"
        assert f"secrets-web-{release}" in program.one(name).depends_on
        assert "API_TOKEN_FILE=/run/secrets/API_TOKEN" in program.one(name).inputs["envs"]


def test_what_takes_the_files_away_has_no_secret_among_its_inputs() -> None:
    program = engine.run(with_files(stacks.on_ssh()))
    release = program.outputs["live"]["web"]
    put, guard = program.one(f"secrets-web-{release}").inputs, program.one(f"guard-secrets-web-{release}").inputs

    assert "delete" not in put
    assert not {"stdin", "create"} & guard.keys()
    places = "/run/tandem-secrets/tandem-test /var/lib/tandem/secrets/tandem-test"
    put_words, drop_words = f"put {places} web {release} - {stacks.IMAGE_1}", f"drop {places} web {release}"
    assert put["create"].endswith(f" sudo -n sh /usr/local/lib/tandem/secrets {put_words}'")
    assert guard["delete"].endswith(f" sudo -n sh /usr/local/lib/tandem/secrets {drop_words}'")


def test_files_of_a_frozen_release_stay_as_they_were_put() -> None:
    program = engine.run(with_files(stacks.switched()))

    frozen = f"web-green-{stacks.FROZEN}"
    assert program.one(f"secrets-{frozen}").ignore_changes == ("*",)
    assert program.one(f"guard-secrets-{frozen}").ignore_changes == ("*",)
    assert folder_of(program, frozen).endswith(f"green-{stacks.FROZEN}")


def test_workers_of_a_live_release_that_was_made_with_older_settings_have_todays_secrets() -> None:
    rollout = {"live": "blue", "blue": {"image": stacks.IMAGE_1, "frozen": stacks.FROZEN}}
    program = engine.run(with_files(stacks.stack(rollout), workers={"mail": {"command": ["work"]}}))

    (worker,) = [one for one in program.resources if one.name.startswith("web-mail-")]
    beside = folder_of(program, worker.name).rpartition("/")[2]
    assert beside.startswith("beside-")
    assert program.one(f"secrets-web-{beside}").ignore_changes == ()
    assert folder_of(program, f"web-blue-{stacks.FROZEN}").endswith(stacks.FROZEN)


def test_the_delivery_is_a_part_of_the_release_and_the_user_of_the_script() -> None:
    def run(**web: Any) -> Program:
        return engine.run(with_files(stacks.stable(), **web))

    as_files, as_environment = run(user="10001:10001"), run(user="10001:10001", delivery="env")
    release = as_files.outputs["live"]["web"]

    assert release != as_environment.outputs["live"]["web"]
    assert shlex.split(as_files.one(f"secrets-web-{release}").inputs["create"])[-2:] == ["10001:10001", stacks.IMAGE_1]
    assert not [one for one in as_environment.resources if "secrets" in one.name]


def test_without_any_value_there_is_nothing_to_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_TOKEN")
    config = {**with_files(stacks.stable()), "secrets": {"names": {"API_TOKEN": {"optional": True}}}}
    program = engine.run(config)

    assert not [one for one in program.resources if "secrets" in one.name]
    assert "API_TOKEN" not in repr(program.resources)


def test_a_machine_without_a_place_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_files, "in_memory", lambda _place: False)
    with pytest.raises(Exception, match="delivery: files needs a tmpfs at /run or /dev/shm, and this machine has none"):
        engine.run(with_files(stacks.stable()))


def test_the_key_of_the_only_bucket_is_also_what_amazons_clients_read() -> None:
    line, end = packed({"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "S/K=", "TOKEN": "two\nlines"}).splitlines()
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(line))) as archive:
        files = {one.name: archive.extractfile(one).read().decode() for one in archive}  # type: ignore[union-attr]

    assert end == "end"
    assert files == {
        "AWS_ACCESS_KEY_ID": "AK",
        "AWS_SECRET_ACCESS_KEY": "S/K=",
        "AWS_SHARED_CREDENTIALS": "[default]\naws_access_key_id = AK\naws_secret_access_key = S/K=\n",
        "TOKEN": "two\nlines",
    }


def test_a_bucket_tells_where_its_keys_are_and_shows_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("S3_KEY", "S3_SECRET"):
        monkeypatch.setenv(name, f"value of {name}")
    media = {
        "kind": "s3",
        "bucket": "acme-media",
        "endpoint": "https://s3.example.com",
        "access_key": "S3_KEY",
        "secret_key": "S3_SECRET",
    }
    program = engine.run({**with_files(stacks.stable(), storage=["media"]), "storage": {"media": media}})

    envs = set(program.one(f"web-{program.outputs['live']['web']}").inputs["envs"])
    told = {
        "AWS_ACCESS_KEY_ID_FILE=/run/secrets/AWS_ACCESS_KEY_ID",
        "AWS_SHARED_CREDENTIALS_FILE=/run/secrets/AWS_SHARED_CREDENTIALS",
        "STORAGE_MEDIA_SECRET_ACCESS_KEY_FILE=/run/secrets/STORAGE_MEDIA_SECRET_ACCESS_KEY",
        "STORAGE_MEDIA_BUCKET=acme-media",
    }
    assert told <= envs
    assert not [env for env in envs if env.startswith(("AWS_SECRET_ACCESS_KEY=", "API_TOKEN="))]
