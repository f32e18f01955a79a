"""A build on a base that only who is somebody may pull, and the push of what came of it; nobody is logged in later."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.project import Project, docker, project
from tests.e2e.registry import PASSWORD, USER, Registry

PASSWORDS = {"REGISTRY_PASSWORD": PASSWORD}


@pytest.fixture
def told(tmp_path: Path, private: Registry) -> Iterator[Project]:
    """No engine is asked here, so one is enough."""
    with project(tmp_path, engine="offline") as made:
        login = f"  tandem:registries: {{'{private.address}': {{user: {USER}, password: REGISTRY_PASSWORD}}}}\n"
        made.file.write_text(made.file.read_text() + login)
        yield made


def refused(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_a_build_pulls_its_private_base_and_the_push_is_let_in(told: Project, private: Registry) -> None:
    base, made = private.push("demo:1", "acme/base:1"), f"{private.address}/acme/built:1"
    recipe = told.directory / "image"
    recipe.mkdir()
    (recipe / "Dockerfile").write_text(f"FROM {base}\nLABEL built=yes\n")
    login = Path.home() / ".docker" / "config.json"
    before = login.read_bytes() if login.is_file() else None

    built = told.run("with-logins", "--", "docker", "build", "--tag", made, str(recipe), env=PASSWORDS)
    assert built.code == 0, built.text
    pushed = told.run("with-logins", "--", "docker", "push", made, env=PASSWORDS)
    assert pushed.code == 0, pushed.text

    assert "no basic auth credentials" in refused("push", made)
    assert (login.read_bytes() if login.is_file() else None) == before
    assert PASSWORD not in built.text + pushed.text
    docker("rmi", "--force", made, base)
    assert told.run("with-logins", "--", "docker", "pull", "--quiet", made, env=PASSWORDS).code == 0


def test_a_password_that_is_wrong_or_absent_lets_nothing_in(told: Project, private: Registry) -> None:
    made = f"{private.address}/acme/never:1"
    docker("tag", "demo:1", made)
    wrong = told.run("with-logins", "--", "docker", "push", made, env={"REGISTRY_PASSWORD": "wrong-canary-11"})
    assert wrong.code == 1, wrong.text
    assert "unauthorized" in wrong.text
    assert "wrong-canary-11" not in wrong.text

    absent = told.run("with-logins", "--", "docker", "push", made, env={"REGISTRY_PASSWORD": ""})
    assert absent.code == 5, absent.text
    assert "REGISTRY_PASSWORD" in absent.text
