"""A command that is logged in to the stack's registries, and a machine on which nobody is afterwards."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config import names
from tandem.docker import docker_config, with_logins
from tandem.docker.logins import Account
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.stack.options import Options
from tests.unit.tandem.fakes import Bench, write_project

PASSWORD = "hunter2-canary"
REGISTRIES = """\
  tandem:registries: {ghcr.io: {user: acme, password: GHCR_TOKEN}, docker.io: {user: hub, password: GHCR_TOKEN}}
"""
HUB = "https://index.docker.io/v1/"


def auth(user: str, password: str = PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own settings of Docker; and the folders of the logins are made in one that can be listed."""
    own = tmp_path / "own"
    (own / "cli-plugins").mkdir(parents=True)
    (own / "config.json").write_text(json.dumps({"auths": {"quay.io": auth("me", "mine")}, "currentContext": "x"}))
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(own))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "memory"))
    monkeypatch.setenv("GHCR_TOKEN", PASSWORD)
    return own


@pytest.fixture
def bench(tmp_path: Path, home: Path) -> Bench:
    return Bench(Options(directory=write_project(tmp_path, REGISTRIES)))


def left(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "memory").iterdir())


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_command_has_the_stacks_logins_beside_the_users_own_settings(bench: Bench, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    look = f'cp "$DOCKER_CONFIG/config.json" {copy}; ls -ld "$DOCKER_CONFIG" "$DOCKER_CONFIG/config.json" > {copy}.ls'
    assert with_logins.run(bench, ["sh", "-c", f'{look}; test -d "$DOCKER_CONFIG/cli-plugins/."']) == 0

    said = json.loads(copy.read_text())
    assert said == {
        "auths": {"quay.io": auth("me", "mine"), "ghcr.io": auth("acme"), HUB: auth("hub")},
        "currentContext": "x",
    }
    assert [line.split()[0][:10] for line in Path(f"{copy}.ls").read_text().splitlines()] == [
        "drwx------",
        "-rw-------",
    ]
    assert left(tmp_path) == []


def test_the_users_own_settings_stay_as_they_are(bench: Bench, home: Path) -> None:
    before = (home / "config.json").read_bytes()
    assert with_logins.run(bench, ["sh", "-c", 'echo {} > "$DOCKER_CONFIG/config.json"']) == 0
    assert (home / "config.json").read_bytes() == before
    assert (home / "cli-plugins").is_dir()


def test_a_helper_of_the_user_is_not_asked_for_the_stacks_registries() -> None:
    own = {"credsStore": "desktop", "credHelpers": {"ghcr.io": "gcloud", "gcr.io": "gcloud"}}
    said = docker_config.with_logins(own, {"ghcr.io": Account("acme", PASSWORD)})
    assert said["credsStore"] == "desktop"
    assert said["credHelpers"] == {"ghcr.io": "", "gcr.io": "gcloud"}


def test_its_exit_code_is_the_commands(bench: Bench, tmp_path: Path) -> None:
    assert with_logins.run(bench, ["sh", "-c", "exit 7"]) == 7
    assert with_logins.run(bench, ["sh", "-c", "kill -KILL $$"]) == 128 + signal.SIGKILL
    assert left(tmp_path) == []


def test_where_docker_was_sent_by_this_shell_it_is_sent_again(bench: Bench, tmp_path: Path) -> None:
    bench.stray = {"DOCKER_HOST": "tcp://builder"}
    assert with_logins.run(bench, ["sh", "-c", 'test "$DOCKER_HOST" = tcp://builder']) == 0


def test_a_command_that_cannot_be_run_makes_no_login(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="no `no-such-docker` on PATH") as stop:
        with_logins.run(bench, ["no-such-docker", "build"])
    assert stop.value.code == ENVIRONMENT
    with pytest.raises(Stop, match="expected a command") as stop:
        with_logins.run(bench, [])
    assert stop.value.code == USAGE
    assert left(tmp_path) == []


def test_a_stack_without_registries_and_settings_that_are_none_are_told(bench: Bench, home: Path) -> None:
    (home / "config.json").write_text("{half")
    with pytest.raises(Stop, match=r"config\.json: Docker's own settings cannot be read") as stop:
        with_logins.run(bench, ["true"])
    assert stop.value.code == USAGE
    assert bench.options.directory
    write_project(bench.options.directory)
    nobody = Bench(bench.options)
    (home / "config.json").unlink()
    with pytest.raises(Stop, match=r"tandem:registries names none, so there is nobody to log in as") as stop:
        with_logins.run(nobody, ["true"])
    assert stop.value.code == USAGE


@pytest.mark.parametrize("body", ["exit 3", "echo", r"printf 'a\rb'"])
def test_a_token_that_is_not_to_be_had_runs_nothing(body: str, tmp_path: Path, home: Path) -> None:
    script = tmp_path / "make-a-token"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    registries = f"  tandem:registries: {{ghcr.io: {{user: acme, password_command: [{script}]}}}}\n"
    bench = Bench(Options(directory=write_project(tmp_path, registries)))
    with pytest.raises(Stop, match=r"registries\.ghcr\.io\.password_command: ") as stop:
        with_logins.run(bench, ["touch", str(tmp_path / "ran")])
    assert stop.value.code == ENVIRONMENT
    assert not (tmp_path / "ran").exists()
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT"])
def test_a_signal_reaches_the_command_which_ends_as_it_wants(name: str, bench: Bench, tmp_path: Path) -> None:
    body = f"trap 'kill $!; exit 9' {name}; sleep 60 & kill -{name} $PPID; wait"
    assert with_logins.run(bench, ["sh", "-c", body]) == 9
    assert left(tmp_path) == []


def test_the_logins_go_also_when_the_one_who_made_them_is_killed(bench: Bench, tmp_path: Path) -> None:
    body = f"touch {tmp_path}/up; while [ ! -e {tmp_path}/enough ]; do sleep 0.1; done"
    words = ["-C", str(bench.options.directory), "with-logins", "--", "sh", "-c", body]
    running = subprocess.Popen(
        [sys.executable, "-c", "from tandem.cli import main; main()", *words],
        env={**os.environ, "PYTHONPATH": str(names.ROOT)},
    )
    until((tmp_path / "up").exists)

    running.kill()
    running.wait()

    until(lambda: left(tmp_path) == [])
    (tmp_path / "enough").touch()
