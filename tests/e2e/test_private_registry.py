"""An image that only who is somebody may pull: by the command, by either engine, and nobody is logged in afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import names
from tests.e2e.project import STACK, Project, docker
from tests.e2e.registry import PASSWORD, USER, Registry, registry

PASSWORDS = {"REGISTRY_PASSWORD": PASSWORD}


@pytest.fixture
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


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
