"""The course of an update: order, failure, the program's own errors."""

from __future__ import annotations

import os
import re
import threading

import pytest

from tandem.engines import EngineError, Notice
from tests.unit.tandem.offline.conftest import Stack

RELEASES = """
def release(name):
    box = container(name)
    return box, local("guard-" + name, stdin=box.name, delete="cat >/dev/null; exit {guard}")

boxes = [release(name) for name in {names}]
switch = local("switch", create="cat; {switch}", delete="true", stdin=boxes[0][0].name,
      opts=pulumi.ResourceOptions(depends_on=[guard for _, guard in boxes]))
pulumi.export("live", boxes[0][0].name)
"""


def releases(*names: str, switch: str = "true", guard: int = 0) -> str:
    return RELEASES.format(names=list(names), switch=switch, guard=guard)


def test_a_deploy_creates_then_switches_then_deletes_guard_before_container(stack: Stack) -> None:
    stack.up(releases("green"))
    result = stack.up(releases("blue"))
    assert stack.steps == [
        ("create", "blue"),
        ("create", "guard-blue"),
        ("update", "switch"),
        ("delete", "guard-green"),
        ("delete", "green"),
    ]
    assert result.counts == {"create": 2, "update": 1, "delete": 2, "same": 1}
    assert [name.rpartition("-")[0] for name in stack.docker.names] == ["blue"]


def test_containers_are_named_after_their_resource_with_seven_hex_digits(stack: Stack) -> None:
    result = stack.up(releases("web-green-1a2b3c4d"))
    assert re.fullmatch(r"web-green-1a2b3c4d-[0-9a-f]{7}", result.outputs["live"])
    assert stack.docker.names == [result.outputs["live"]]


def test_a_second_update_changes_nothing_and_asks_docker_nothing(stack: Stack) -> None:
    stack.up(releases("green"))
    stack.docker.calls.clear()
    connections = stack.docker.connections
    result = stack.up()
    assert not result.changed
    assert result.counts == {"same": 4}
    assert stack.docker.calls == []
    assert stack.docker.connections == connections


def test_after_a_failed_switch_nothing_is_deleted_and_nothing_more_begins(stack: Stack) -> None:
    stack.up(releases("green"))
    text = (
        releases("blue", switch="echo not ready >&2; exit 70") + "\nlocal('late', create='true', stdin=switch.stdout)"
    )
    said = stack.refusal(stack.up, text)
    assert said.endswith("not ready")
    assert "nothing was deleted" in said
    assert stack.failed == ["switch"]
    assert "delete" not in [operation for operation, _ in stack.steps]
    assert "late" not in stack.started
    assert len(stack.docker.names) == 2


def test_reverting_a_failed_update_touches_only_what_it_made(stack: Stack) -> None:
    stack.up(releases("green"))
    stack.refusal(stack.up, releases("blue", switch="exit 70"))
    stack.up(releases("green"))
    assert stack.steps == [("delete", "guard-blue"), ("delete", "blue")]


def test_what_depends_on_a_failed_resource_is_not_started(stack: Stack) -> None:
    stack.refusal(stack.up, 'local("second", create="true", stdin=local("first", create="exit 1").stdout)')
    assert stack.started == ["docker", "first"] or stack.started == ["first", "docker"]
    assert stack.failed == ["first"]


def test_a_refusing_guard_keeps_its_container(stack: Stack) -> None:
    stack.up(releases("green", guard=75))
    said = stack.refusal(stack.up, releases("blue"))
    assert "guard-green" in said
    assert "exit status 75" in said
    assert stack.failed == ["guard-green"]
    assert len(stack.docker.names) == 2


def test_a_failed_command_is_told_by_its_words_not_by_its_text(stack: Stack) -> None:
    said = stack.refusal(stack.up, 'local("job", create="echo only on stdout; exit 3")')
    assert said.endswith("only on stdout")
    assert "echo" not in said
    assert stack.state.records.keys() == {"urn:pulumi:dev::test::pulumi:providers:docker::docker"}


def test_a_failed_create_is_tried_again(stack: Stack) -> None:
    flag = stack.folder / "flag"
    text = f'local("job", create="test -e {flag}")'
    stack.refusal(stack.up, text)
    flag.touch()
    assert stack.up().counts["create"] == 1


def test_a_failed_update_leaves_the_record_and_runs_again(stack: Stack) -> None:
    stack.up('local("job", create="true", stdin="1")')
    before = stack.state.records
    stack.refusal(stack.up, 'local("job", create="exit 1", stdin="2")')
    assert stack.state.records == before
    assert stack.up('local("job", create="true", stdin="2")').counts["update"] == 1


def test_a_program_that_raises_deletes_nothing_and_says_where(stack: Stack) -> None:
    stack.up(releases("green"))
    said = stack.refusal(stack.up, "container('other')\nraise KeyError('colour')")
    assert re.fullmatch(r"the program failed: KeyError: 'colour' \(__main__.py, line \d+\)", said)
    assert len(stack.docker.names) == 2


def test_a_run_error_of_the_program_is_its_message_alone(stack: Stack) -> None:
    assert stack.refusal(stack.up, "raise pulumi.RunError('web: no image')") == "web: no image"


def test_a_program_that_exits_is_a_failed_one(stack: Stack) -> None:
    assert "the program ended itself" in stack.refusal(stack.up, "raise SystemExit(0)")


def test_a_failing_apply_fails_the_run(stack: Stack) -> None:
    assert "ZeroDivisionError" in stack.refusal(
        stack.up, "pulumi.export('x', container('a').name.apply(lambda n: 1 / 0))"
    )


def test_a_failed_run_leaves_no_noise_threads_or_environment(
    stack: Stack, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TANDEM_ENGINE", raising=False)
    threads = set(threading.enumerate())
    stack.refusal(stack.up, releases("green", switch="exit 1"))
    assert capfd.readouterr() == ("", "")
    assert not set(threading.enumerate()) - threads
    assert "TANDEM_ENGINE" not in os.environ


def test_program_and_commands_are_told_which_engine_runs_them(stack: Stack) -> None:
    text = """
    import os
    pulumi.export("program", os.environ["TANDEM_ENGINE"])
    pulumi.export("command", local("job", create="echo $TANDEM_ENGINE").stdout)
    """
    assert stack.up(text).outputs == {"program": "offline", "command": "offline"}


def test_the_log_of_the_program_becomes_notices(stack: Stack) -> None:
    stack.up("pulumi.log.warn('careful'); pulumi.log.info('fine'); pulumi.log.debug('no')")
    assert [event for event in stack.events if isinstance(event, Notice)] == [
        Notice("warning", "careful"),
        Notice("info", "fine"),
    ]


def test_what_a_command_wrote_is_its_detail(stack: Stack) -> None:
    result = stack.up("local('job', create='echo one; echo two')")
    assert [step.detail for step in result.steps if step.name == "job"] == ["one\ntwo"]


def test_outputs_are_those_of_the_last_good_run(stack: Stack) -> None:
    assert stack.engine.outputs() == {}
    stack.up("pulumi.export('x', {'a': [1, True]})")
    stack.refusal(stack.up, "pulumi.export('x', 2); local('job', create='exit 1')")
    assert stack.engine.outputs() == {"x": {"a": [1, True]}}


def test_urns_carry_the_whole_chain_of_parents(stack: Stack) -> None:
    text = """
    class Outer(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("tandem:Outer", "outer")
            Inner(self)

    class Inner(pulumi.ComponentResource):
        def __init__(self, outer):
            super().__init__("tandem:Inner", "inner", {}, pulumi.ResourceOptions(parent=outer))
            local("job", create="true", opts=pulumi.ResourceOptions(parent=self))

    Outer()
    """
    stack.up(text)
    assert "urn:pulumi:dev::test::tandem:Outer$tandem:Inner$command:local:Command::job" in stack.state.records


def test_independent_resources_are_made_at_the_same_time(stack: Stack) -> None:
    meet = stack.folder / "meet"
    # Each waits for the other: one after the other, neither would ever end.
    text = f"""
    for name, other in (("a", "b"), ("b", "a")):
        wait = f"until test -e {meet}-{{other}}; do sleep 0.01; done"
        local(name, create=f"touch {meet}-{{name}}; timeout 20 sh -c '{{wait}}'")
    """
    assert stack.up(text).counts["create"] == 3


def test_two_resources_of_one_name_are_refused(stack: Stack) -> None:
    said = stack.refusal(stack.up, "local('job', create='true'); local('job', create='true')")
    assert "two resources of type command:local:Command are called job" in said


def test_engine_errors_carry_failures_and_the_result_so_far(stack: Stack) -> None:
    stack.write("local('bad', create='exit 1', opts=pulumi.ResourceOptions(depends_on=[container('good')]))")
    with pytest.raises(EngineError) as raised:
        stack.engine.up(lambda event: None)
    assert [failure.name for failure in raised.value.failures] == ["bad"]
    assert raised.value.result is not None
    assert raised.value.result.counts["create"] == 2
