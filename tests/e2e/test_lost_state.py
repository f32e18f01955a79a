"""A checkout that has forgotten what it made: `git clean -fdx`, or half a copy of it."""

from __future__ import annotations

from config import names
from tests.e2e.project import STACK, Project

STATE = {"offline": "offline.json", "pulumi": "pulumi"}


def test_a_stack_without_its_state_is_neither_made_twice_nor_taken_for_nothing(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    serves, containers = web.served_by(), web.containers()
    state = names.stack_directory(web.name, STACK) / STATE[web.engine]
    away = state.rename(state.with_name("away"))

    for command in (["up"], ["deploy", "web", "demo:2"], ["destroy", "--yes"]):
        refused = web.run(*command)
        assert refused.code == 5, refused.text
        assert "run, but the state that knows them is gone from" in refused.text
    assert (web.served_by(), web.containers()) == (serves, containers)

    away.rename(state)
    assert web.ok("up").text.count("created") == 0
    web.ok("deploy", "web", "demo:2")
    assert web.served_by() == (200, web.status()["release"])
