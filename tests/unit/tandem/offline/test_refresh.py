"""A run that looks first at what is really there."""

from __future__ import annotations

import pytest

from tandem.engines import Result
from tandem.engines.offline.refresh import otherwise
from tests.unit.tandem.offline.conftest import Stack

PROGRAM = """
box = container("green", memory=96)
local("switch", create="true", stdin=box.name)
"""


def looked(stack: Stack, what: str, *, anew: tuple[str, ...] = ()) -> Result:
    engine = stack.engine
    engine.fresh, engine.anew = True, anew
    run = {"up": engine.up, "preview": engine.preview}[what]
    return stack._run(run, None)


def test_a_container_that_is_gone_is_made_anew_and_what_names_it_follows(stack: Stack) -> None:
    stack.up(PROGRAM)
    stack.docker.containers.clear()
    assert not stack.up().changed, "an engine that believes its state"

    assert looked(stack, "preview").counts == {"create": 1, "update": 1, "same": 1}
    assert stack.docker.names == [], "a preview makes nothing"
    assert looked(stack, "up").counts == {"create": 1, "update": 1, "same": 1}
    assert len(stack.docker.names) == 1
    assert not looked(stack, "up").changed


def test_a_preview_that_looks_keeps_it_to_itself(stack: Stack) -> None:
    stack.up(PROGRAM)
    before = stack.state.records
    stack.docker.containers.clear()
    looked(stack, "preview")
    assert stack.state.records == before


def test_a_command_that_is_to_run_again_does_though_nothing_of_it_changed(stack: Stack) -> None:
    stack.up(PROGRAM)
    assert looked(stack, "up", anew=("switch",)).counts == {"update": 1, "same": 2}
    assert not stack.up().changed


@pytest.mark.parametrize(
    ("found", "differing"),
    [
        ({"Memory": 96 << 20, "MemorySwap": -1, "RestartPolicy": {"Name": "unless-stopped"}}, set()),
        ({"Memory": 128 << 20, "MemorySwap": 0}, {"memory", "memorySwap", "restart"}),
        ({"RestartPolicy": {"Name": "no"}}, {"restart"}),
    ],
)
def test_limits_that_docker_has_otherwise_are_set_again(found: dict[str, object], differing: set[str]) -> None:
    inputs = {"image": "demo:1", "memory": 96, "memorySwap": -1, "restart": "unless-stopped"}
    assert otherwise(inputs, {"HostConfig": found}) == differing
