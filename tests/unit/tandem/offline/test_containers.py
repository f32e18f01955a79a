"""Containers that do not come up: what is said, what is left, what the next update makes of it."""

from __future__ import annotations

from tandem.engines.offline.resources.docker import DockerError
from tests.unit.tandem.offline.conftest import Stack


def test_an_image_that_nobody_has_is_named(stack: Stack) -> None:
    assert "image demo:9 is not on the Docker host and cannot be pulled" in stack.refusal(
        stack.up, "container('web', image='demo:9')"
    )
    said = stack.refusal(stack.up, f"container('web', image='sha256:{'ab' * 32}')")
    assert "an image ID cannot be pulled" in said
    assert stack.docker.called("pull_image") == ["demo:9"]


def test_a_container_that_cannot_start_leaves_nothing(stack: Stack) -> None:
    stack.docker.before["start_container"] = DockerError("port is already allocated")
    assert "does not start: port is already allocated" in stack.refusal(stack.up, "container('web')")
    assert stack.docker.names == []
    assert stack.up().counts["create"] == 1


def test_a_container_that_never_gets_healthy_is_kept_and_made_anew(stack: Stack) -> None:
    text = "container('web', wait=True, wait_timeout=1, healthcheck={'tests': ['CMD', 'true']})"
    stack.docker.dies_at_start = True
    said = stack.refusal(stack.up, text)
    assert "exited with 1" in said
    assert "out of luck" in said
    assert len(stack.docker.names) == 1
    first = stack.docker.names[0]
    stack.docker.dies_at_start = False
    assert stack.up("container('web')").counts["replace"] == 1
    assert stack.docker.names != [first]


def test_a_container_that_is_waited_for_needs_a_healthcheck(stack: Stack) -> None:
    assert "`wait` needs a healthcheck" in stack.refusal(stack.up, "container('web', wait=True)")


def test_a_container_that_shall_not_start_is_only_made(stack: Stack) -> None:
    stack.up("container('web', start=False, must_run=False)")
    assert len(stack.docker.names) == 1
    assert stack.docker.called("start_container") == []


def test_a_container_that_is_only_made_is_on_all_its_networks(stack: Stack) -> None:
    stack.up("container('web', start=False, must_run=False, networks_advanced=[{'name': 'one'}, {'name': 'two'}])")
    assert stack.docker.called("connect_network") == ["two"]


def test_a_container_that_need_not_run_any_more_is_left_alone_and_one_that_must_is_started(stack: Stack) -> None:
    stack.up("container('web', start=False, must_run=False)")
    stack.up("container('web', start=True, must_run=False)")
    assert stack.docker.called("start_container") == []
    stack.up("container('web', start=True, must_run=True)")
    assert len(stack.docker.called("start_container")) == 1
    stack.up("container('web', start=False, must_run=False)")
    assert len(stack.docker.called("start_container")) == 1


def test_docker_that_does_not_answer_is_named(stack: Stack) -> None:
    stack.write("container('web')")
    error = DockerError("Docker does not answer at unix:///fake.sock")
    stack.docker.before["connect"] = error
    assert "Docker does not answer at unix:///fake.sock" in stack.refusal(stack.up)
