"""A kill at any point between an intent and its record, and what the next run makes of it."""

from __future__ import annotations

import pytest

from tandem.engines.offline.resources.docker import DockerError
from tandem.engines.offline.state import Intent
from tests.unit.tandem.offline.conftest import Stack
from tests.unit.tandem.offline.fake_docker import Killed

WEB = "container('web', labels=labels)"


def killed(stack: Stack, text: str | None = None) -> None:
    """A run that is cut off."""
    with pytest.raises(Killed):
        stack.up(text)


def test_a_kill_before_a_container_is_made_leaves_nothing(stack: Stack) -> None:
    stack.docker.before["create_container"] = Killed()
    killed(stack, WEB)
    assert len(stack.state.intents) == 1
    stack.up()
    assert len(stack.docker.names) == 1
    assert stack.state.intents == {}


def test_a_kill_between_the_calls_that_make_a_container_leaves_no_stray(stack: Stack) -> None:
    stack.docker.after["create_container"] = Killed()
    killed(stack, WEB)
    (stray,) = stack.docker.names
    result = stack.up()
    assert stack.docker.called("remove_container") == [stray]
    assert len(stack.docker.names) == 1
    assert result.counts == {"same": 1, "create": 1}


def test_a_container_that_was_started_when_the_kill_came_is_adopted_as_it_may_serve(stack: Stack) -> None:
    stack.docker.after["start_container"] = Killed()
    killed(stack, WEB)
    (made,) = stack.docker.names
    assert stack.up().counts == {"same": 2}
    assert stack.docker.names == [made]
    assert stack.up(WEB.replace(")", ", memory=64)")).counts == {"same": 1, "update": 1}


@pytest.mark.parametrize("health", ["starting", "healthy"])
def test_one_that_was_to_be_waited_for_is_adopted_only_when_it_is_well(stack: Stack, health: str) -> None:
    stack.docker.after["start_container"] = Killed()
    killed(stack, "container('web', wait=True, healthcheck={'tests': ['CMD', 'true']})")
    (made,) = stack.docker.names
    stack.docker.before["create_container"] = DockerError("not made again")
    (container,) = stack.docker.containers.values()
    container["State"]["Health"] = {"Status": health}
    if health == "healthy":
        assert stack.up().counts == {"same": 2}
        assert stack.docker.names == [made]
    else:
        assert "not made again" in stack.refusal(stack.up)
        assert stack.docker.names == []


def test_a_stray_also_goes_when_the_program_no_longer_wants_it(stack: Stack) -> None:
    stack.docker.after["create_container"] = Killed()
    killed(stack, WEB)
    stack.up("")
    assert stack.docker.names == []


def test_destroy_finds_the_stray_too(stack: Stack) -> None:
    stack.docker.after["create_container"] = Killed()
    killed(stack, WEB)
    stack.destroy()
    assert stack.docker.names == []
    assert stack.state.is_empty


def test_a_preview_after_a_kill_touches_nothing(stack: Stack) -> None:
    stack.docker.after["create_container"] = Killed()
    killed(stack, WEB)
    stack.docker.calls.clear()
    assert stack.preview().counts == {"same": 1, "create": 1}
    assert stack.docker.calls == []


def test_a_container_of_a_chosen_name_that_is_not_ours_is_left_alone(stack: Stack) -> None:
    stack.docker.create_container("gateway", {"Image": "demo:1", "Labels": {}})
    stack.docker.before["create_container"] = Killed()
    text = "container('gateway', name='gateway', labels=labels)"
    killed(stack, text)
    assert "already in use" in stack.refusal(stack.up, text)
    assert stack.docker.names == ["gateway"]


def test_a_network_that_was_made_is_adopted(stack: Stack) -> None:
    stack.docker.after["create_network"] = Killed()
    killed(stack, "docker.Network('net', name='net', labels=labels, opts=on())")
    assert stack.up().counts == {"same": 2}
    assert len(stack.docker.networks) == 1


def test_a_volume_that_was_made_is_found_and_never_removed(stack: Stack) -> None:
    stack.docker.after["create_volume"] = Killed()
    killed(stack, "docker.Volume('data', name='data', opts=on())")
    stack.up()
    assert list(stack.docker.volumes) == ["data"]
    assert stack.docker.called("remove_volume") == []


def test_a_container_cut_off_while_stopping_is_deleted_to_the_end(stack: Stack) -> None:
    stack.up(WEB)
    stack.docker.after["stop_container"] = Killed()
    killed(stack, "")
    # Wanted again meanwhile: what is left of it is no good, so it is made anew.
    assert stack.up(WEB).counts == {"same": 1, "create": 1}
    assert len(stack.docker.names) == 1


def test_a_container_that_still_runs_stays_when_the_program_wants_it_again(stack: Stack) -> None:
    stack.up(WEB)
    name = stack.docker.names
    stack.docker.before["stop_container"] = Killed()
    killed(stack, "")
    assert not stack.up(WEB).changed
    assert stack.docker.names == name


def test_a_container_gone_when_the_kill_came_is_not_deleted_twice(stack: Stack) -> None:
    stack.up(WEB)
    stack.docker.after["remove_container"] = Killed()
    killed(stack, "")
    assert not stack.up("").changed
    assert stack.docker.names == []


def test_an_update_cut_off_is_done_again(stack: Stack) -> None:
    stack.up(WEB)
    stack.docker.before["update_container"] = Killed()
    killed(stack, "container('web', labels=labels, memory=64)")
    assert stack.up().counts == {"same": 1, "update": 1}


def test_a_command_cut_off_in_its_delete_runs_again_when_it_is_declared_again(stack: Stack) -> None:
    said = stack.folder / "said"
    text = f"local('switch', create='echo opened >> {said}', delete='echo closed >> {said}')"
    stack.up(text)
    _cut_off_delete(stack)
    stack.up(text)
    assert said.read_text().split() == ["opened", "opened"]


def _cut_off_delete(stack: Stack) -> None:
    state = stack.state
    record = state.records["urn:pulumi:dev::test::command:local:Command::switch"]
    state.begin(Intent("delete", record, record.id))


def test_a_replacement_cut_off_between_its_halves_is_completed(stack: Stack) -> None:
    stack.up("container('web', opts=on())")
    stack.docker.before["create_container"] = Killed()
    killed(stack, "container('web', image='demo:2', opts=on())")
    assert stack.docker.names == []
    assert stack.up().counts == {"same": 1, "create": 1}


def test_a_create_first_replacement_cut_off_keeps_the_old_one_until_the_new_one_is_there(stack: Stack) -> None:
    stack.up(WEB)
    old = stack.docker.names[0]
    stack.docker.after["start_container"] = Killed()
    killed(stack, "container('web', image='demo:2', labels=labels)")
    assert old in stack.docker.names
    assert stack.up().counts == {"same": 2, "delete": 1}
    assert len(stack.docker.names) == 1
    assert old not in stack.docker.names


def test_ctrl_c_ends_the_run_after_the_step_under_way(stack: Stack) -> None:
    text = """
    first = local("first", create="{}sleep 0.3; echo done")
    local("second", create="true", stdin=first.stdout)
    """
    with pytest.raises(KeyboardInterrupt):
        stack.up(text.format("kill -INT $PPID; "))
    assert stack.steps[-1] == ("create", "first")
    assert "second" not in stack.started
    assert stack.up(text.format("")).counts == {"same": 1, "update": 1, "create": 1}


def test_ctrl_c_while_deleting_ends_the_run_after_the_step_under_way(stack: Stack) -> None:
    stack.up("""
    first = local("first", delete="true")
    after = pulumi.ResourceOptions(depends_on=[first])
    local("second", delete="kill -INT $PPID; sleep 0.3", opts=after)
    """)
    with pytest.raises(KeyboardInterrupt):
        stack.up("")
    assert stack.steps == [("delete", "second")]
    assert stack.up("").counts == {"same": 1, "delete": 1}


def test_a_listener_that_raises_ends_the_run(stack: Stack) -> None:
    stack.up(WEB)

    def listen(event: object) -> None:
        raise RuntimeError("terminal gone")

    with pytest.raises(RuntimeError, match="terminal gone"):
        stack.engine.up(listen)
    assert not stack.up(WEB).changed
