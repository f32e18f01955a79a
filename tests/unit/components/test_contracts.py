"""How defaults and aliases of a contract reach an app's containers, and its release hash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components import spec
from components.jobs.process import Beside
from components.release import Release
from config import secret_files
from config.apps import App
from config.jobs import Job
from tests import engine, stacks
from tests.engine import SECRET_KEY

URL = {"SPRING_DATASOURCE_URL": {"aliases": ["DB_URL"], "alias": "inject"}}


def release(*, variables: dict[str, Any], secrets: dict[str, str] | None = None, **settings: Any) -> Release:
    app = App.model_validate({**stacks.WEB, **settings, "expects": {"variables": variables}})
    return Release(app, stacks.IMAGE_1, "tandem-test", secrets or {}, {})


def test_defaults_and_aliases_are_environment_of_the_container_and_of_what_runs_beside_it() -> None:
    made = release(
        variables={"LOG_LEVEL": {"default": "info", "aliases": ["LEVEL"], "alias": "inject"}}, env={"A": "1"}
    )
    job = Beside("web", "blue-1a2b3c4d", made, "job", "before", Job(command=("migrate",), env={"LOG_LEVEL": "debug"}))

    assert made.arguments()["envs"] == ["A=1", "LEVEL=info", "LOG_LEVEL=info"]
    assert job.arguments()["envs"] == ["A=1", "LEVEL=debug", "LOG_LEVEL=debug"]


def test_a_default_gives_way_to_a_secret_that_has_a_value() -> None:
    made = release(variables={"LOG_LEVEL": {"default": "info"}})

    assert made.arguments()["envs"] == ["LOG_LEVEL=info"]
    assert replace(made, secrets={"LOG_LEVEL": "digest"}).arguments()["envs"] == []


def test_what_is_only_looked_at_makes_no_new_release() -> None:
    plain = release(variables={})
    looked_at = {"variables": {"A": {}, "B": {"aliases": ["C"]}}, "paths": {"/app/data": {"writable": True}}}
    app = App.model_validate({**stacks.WEB, "expects": looked_at})

    assert replace(plain, app=app).hash8 == plain.hash8
    assert release(variables={"A": {"default": "1"}}).hash8 != plain.hash8


@pytest.mark.parametrize("delivery", ["env", "files"])
def test_an_alias_of_a_secret_arrives_the_same_way_and_is_marked(
    delivery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")
    monkeypatch.setenv("SPRING_DATASOURCE_URL", "jdbc:postgresql://db")
    monkeypatch.setattr(secret_files, "in_memory", lambda place: place == "/dev/shm")
    web = {"secrets": ["SPRING_DATASOURCE_URL"], "delivery": delivery, "expects": {"variables": URL}}
    program = engine.run(stacks.stable(**web))

    (container,) = [one for one in program.of("docker:index/container:Container") if one.name.startswith("web-")]
    envs = container.inputs["envs"]
    if delivery == "env":
        assert SECRET_KEY in envs  # the list as a whole is marked
        assert "DB_URL=jdbc:postgresql://db" in envs["value"]
    else:
        assert {f"{name}_FILE=/run/secrets/{name}" for name in ("DB_URL", "SPRING_DATASOURCE_URL")} <= {*envs}


def test_the_switch_is_told_the_paths_and_given_the_time_to_look() -> None:
    paths = {
        "/app/data": {"mounted": True, "writable": True, "owner": "65534:65534"},
        "/app/config": {"mounted": False, "writable": False},
        "/app/*.env": {"exists": False},
    }
    volumes = {"data": {"path": "/app/data", "purpose": "archives"}}
    app = App.model_validate({**stacks.WEB, "volumes": volumes, "expects": {"paths": paths}})
    told = spec.switch(app, spec.Routes("blue-1a2b3c4d"), [], gateway="gw", default_host="web.localhost")

    assert [line for line in told.splitlines() if line.startswith("place ")] == [
        "place exists,mounted,writable,owner=65534:65534 /app/data",
        "place exists,unmounted,unwritable /app/config",
        "place absent /app/*.env",
    ]
    assert spec.switch_limit(app) > spec.switch_limit(App.model_validate(stacks.WEB))
