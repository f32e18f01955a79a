"""Secrets pass through; none stays behind."""

from __future__ import annotations

import stat

from tests.unit.tandem.offline.conftest import Stack

VALUE = "correct-horse-battery"
SECRET = f"pulumi.Output.secret({VALUE!r})"


def left_behind(stack: Stack) -> list[str]:
    """Files of the stack's folder that hold the secret."""
    files = [path for path in stack.directory.rglob("*") if path.is_file()]
    return [path.name for path in files if VALUE.encode() in path.read_bytes()]


def test_a_secret_reaches_the_container_and_not_the_state(stack: Stack) -> None:
    stack.up(f"container('web', envs=['A=1', pulumi.Output.concat('TOKEN=', {SECRET})])")
    (box,) = stack.docker.containers.values()
    assert box["Config"]["Env"] == ["A=1", f"TOKEN={VALUE}"]
    assert left_behind(stack) == []


def test_an_unchanged_secret_is_the_same_and_a_changed_one_is_noticed(stack: Stack) -> None:
    text = "container('web', envs=['A=1', pulumi.Output.secret('TOKEN={}')])"
    stack.up(text.format("one-value"))
    assert not stack.up(text.format("one-value")).changed
    assert stack.up(text.format("another")).counts["replace"] == 1


def test_a_value_that_becomes_secret_is_no_change(stack: Stack) -> None:
    stack.up("container('web', envs=['TOKEN=x1y2z3'])")
    assert not stack.up("container('web', envs=pulumi.Output.secret(['TOKEN=x1y2z3']))").changed


def test_key_and_state_are_for_their_owner_only(stack: Stack) -> None:
    stack.up(f"container('web', envs=[{SECRET}])")
    for name in ("key", "offline.json"):
        assert stat.S_IMODE((stack.directory / name).stat().st_mode) == 0o600


def test_two_stacks_give_one_secret_two_digests(stack: Stack) -> None:
    stack.up(f"local('job', create='true', stdin={SECRET})")
    first = stack.state.records["urn:pulumi:dev::test::command:local:Command::job"].inputs
    (stack.directory / "key").unlink()
    stack.up("local('job', create='true')")
    stack.up(f"local('job', create='true', stdin={SECRET})")
    assert stack.state.records["urn:pulumi:dev::test::command:local:Command::job"].inputs != first


def test_secret_outputs_of_the_stack_are_masked(stack: Stack) -> None:
    result = stack.up(f"pulumi.export('password', {SECRET}); pulumi.export('deep', {{'a': [{SECRET}]}})")
    assert result.outputs == stack.engine.outputs()
    assert VALUE not in str(result.outputs)
    assert result.outputs["password"] == "[secret]"
    assert left_behind(stack) == []


def test_a_command_that_repeats_a_secret_leaves_no_trace(stack: Stack) -> None:
    result = stack.up(f"local('job', create='cat', stdin={SECRET})")
    assert [step.detail for step in result.steps if step.name == "job"] == ["[secret]"]
    assert left_behind(stack) == []


def test_a_failure_that_repeats_a_secret_is_masked(stack: Stack) -> None:
    said = stack.refusal(stack.up, f"local('job', create='cat >&2; exit 1', stdin={SECRET})")
    assert said.endswith(": [secret]")
    assert VALUE not in said + str(stack.events)


def test_the_program_log_is_masked(stack: Stack) -> None:
    text = f"""
    box = local('job', create='true', environment={{'TOKEN': {SECRET}}})
    box.id.apply(lambda _: pulumi.log.warn('token {VALUE}'))
    """
    stack.up(text)
    assert VALUE not in str(stack.events)


def test_an_output_that_was_not_kept_cannot_be_used_later(stack: Stack) -> None:
    text = f"job = local('job', create='cat', stdin={SECRET}); local('user', create='cat', stdin=job.stdout)"
    stack.up(text)
    said = stack.refusal(stack.up, text.replace("'user', create='cat'", "'user', create='cat; true'"))
    assert "user: stdin comes from a secret output of another resource" in said


def test_a_delete_that_would_need_a_secret_is_refused_at_once(stack: Stack) -> None:
    said = stack.refusal(stack.up, f"local('job', create='true', delete='cat', stdin={SECRET})")
    assert "has `delete` and a secret in stdin" in said


def test_a_frozen_container_keeps_its_secret_though_the_source_has_another(stack: Stack) -> None:
    text = "container('web', envs=[pulumi.Output.secret('T={}')], opts=on(ignore_changes=['*']))"
    stack.up(text.format("first-value"))
    assert not stack.up(text.format("other-value")).changed


def test_a_replacement_that_would_need_a_forgotten_secret_is_refused(stack: Stack) -> None:
    text = "container('web', image={!r}, envs=[pulumi.Output.secret('T={}')], opts=on(ignore_changes=['envs']))"
    stack.up(text.format("demo:1", "first-value"))
    said = stack.refusal(stack.up, text.format("demo:2", "other-value"))
    assert "its property envs is in ignore_changes and holds a secret that has changed" in said
    assert len(stack.docker.names) == 1
