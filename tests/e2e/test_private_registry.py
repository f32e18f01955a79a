"""An image that only who is somebody may pull: by the command, by either engine, and nobody is logged in afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import names
from tests.e2e.project import STACK, Project, docker
from tests.e2e.registry import PASSWORD, USER, Registry

CHANGES = {"create", "update", "replace", "delete"}
PASSWORDS = {"REGISTRY_PASSWORD": PASSWORD}


@pytest.fixture
def told(web: Project, private: Registry) -> Project:
    """The stack knows who it is to that registry."""
    login = f"  tandem:registries: {{'{private.address}': {{user: {USER}, password: REGISTRY_PASSWORD}}}}\n"
    web.file.write_text(web.file.read_text() + login)
    return web


def test_a_private_image_is_deployed_and_pulled_again_without_a_trace_of_the_password(
    told: Project, private: Registry
) -> None:
    reference = private.push("demo:1", "acme/web:1")
    login = Path.home() / ".docker" / "config.json"
    before = login.read_bytes() if login.is_file() else None

    deployed = told.run("deploy", "web", reference, env=PASSWORDS)
    assert deployed.code == 0, deployed.text
    said = told.file.read_text()
    (pinned,) = re.findall(rf"{private.address}/acme/web@sha256:[0-9a-f]{{64}}", said)
    assert told.served_by()[0] == 200

    gone = told.run("destroy", "--yes", env=PASSWORDS)
    assert gone.code == 0, gone.text
    docker("rmi", pinned)
    told.file.write_text(said)

    again = told.run("up", env=PASSWORDS)
    assert again.code == 0, again.text
    assert told.served_by()[0] == 200

    kept = [file for file in names.stack_directory(told.name, STACK).rglob("*") if file.is_file()]
    assert [str(file) for file in kept if PASSWORD.encode() in file.read_bytes()] == []
    assert (login.read_bytes() if login.is_file() else None) == before
    assert PASSWORD not in deployed.text + gone.text + again.text + docker("info")
    assert all(PASSWORD not in docker("inspect", container) for container in told.containers().values())


def test_a_wrong_password_is_the_registrys_refusal_and_the_old_release_serves(told: Project, private: Registry) -> None:
    assert told.run("deploy", "web", "demo:2", env=PASSWORDS).code == 0
    before, served = told.file.read_bytes(), told.served_by()
    reference = private.push("demo:1", "acme/web:1")

    refused = told.run("deploy", "web", reference, env={"REGISTRY_PASSWORD": "wrong-canary-11"})

    assert refused.code == 5, refused.text
    assert reference in refused.text
    assert "cannot be pulled" in refused.text
    assert "wrong-canary-11" not in refused.text
    assert told.file.read_bytes() == before
    assert told.served_by() == served


@pytest.fixture
def ecr(web: Project, private: Registry, tmp_path: Path) -> Project:
    """The stack gets a token of short life from a command, which notes that it was asked."""
    command = tmp_path / "make-a-token"
    command.write_text(f"#!/bin/sh\necho . >> {tmp_path}/asked\necho {PASSWORD}\n")
    command.chmod(0o755)
    login = f"{{user: {USER}, password_command: [{command}, --region, eu-central-1]}}"
    web.file.write_text(web.file.read_text() + f"  tandem:registries: {{'{private.address}': {login}}}\n")
    return web


def test_a_token_of_a_command_pulls_on_both_engines_and_a_run_without_a_pull_asks_for_none(
    ecr: Project, private: Registry
) -> None:
    asked = ecr.directory / "asked"
    reference = private.push("demo:1", "acme/web:1")

    deployed = ecr.run("deploy", "web", reference)
    assert deployed.code == 0, deployed.text
    (pinned,) = re.findall(rf"{private.address}/acme/web@sha256:[0-9a-f]{{64}}", ecr.file.read_text())
    assert asked.read_text() == ".\n"

    idle = ecr.run("up", "--json")
    changed = {kind for kind, count in idle.summary["summary"].items() if count and kind in CHANGES}
    assert changed == set(), idle.text
    assert asked.read_text() == ".\n"

    said = ecr.file.read_text()
    ecr.ok("destroy", "--yes")
    docker("rmi", pinned)
    ecr.file.write_text(said)
    again = ecr.run("up")
    assert again.code == 0, again.text
    assert ecr.served_by()[0] == 200
    assert asked.read_text() == ".\n.\n"
    assert PASSWORD not in deployed.text + idle.text + again.text


NO_TOKEN = {
    "echo 'Unable to locate credentials' >&2; exit 255": "ends with 255: Unable to locate credentials",
    "echo": "prints nothing",
    r"printf 'wrong-canary\r-11\n'": "prints 2 words, expected a token alone",
    "echo wrong-canary-11": "unauthorized",
}
"""What a command does instead of printing a good token → what is said."""


def test_without_a_token_that_is_let_in_nothing_is_changed(ecr: Project, private: Registry) -> None:
    ecr.ok("deploy", "web", "demo:2")
    before, served = ecr.file.read_bytes(), ecr.served_by()
    reference = private.push("demo:1", "acme/web:1")

    for body, said in NO_TOKEN.items():
        (ecr.directory / "make-a-token").write_text(f"#!/bin/sh\n{body}\n")
        refused = ecr.run("deploy", "web", reference)
        assert refused.code == 5, refused.text
        assert f"registries.{private.address}.password_command" in refused.text
        assert said in refused.text
        assert "wrong-canary" not in refused.text

    assert ecr.file.read_bytes() == before
    assert ecr.served_by() == served
