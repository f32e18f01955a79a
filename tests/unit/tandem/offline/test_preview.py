"""A preview says what an update would do, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.tandem.offline.conftest import Stack

TEXT = """
box = container("web", envs=[pulumi.Output.secret("TOKEN=abcdef")])
switch = local("switch", create="touch {flag}; echo done", stdin=box.name)
pulumi.export("container", box.name)
pulumi.export("said", switch.stdout)
pulumi.export("dry", pulumi.runtime.is_dry_run())
"""


def test_a_preview_contacts_nothing_and_writes_nothing(stack: Stack) -> None:
    flag = stack.folder / "flag"
    result = stack.preview(TEXT.format(flag=flag))
    assert result.counts == {"create": 3}
    assert stack.docker.connections == 0
    assert not flag.exists()
    assert not stack.directory.exists()


def test_what_only_an_update_can_tell_is_unknown(stack: Stack) -> None:
    result = stack.preview(TEXT.format(flag="/dev/null"))
    assert result.outputs == {"container": "[unknown]", "said": "[unknown]", "dry": True}


@pytest.mark.parametrize(
    "text",
    [
        "container('web', image='demo:2')",
        "container('web', memory=64)",
        "container('other')",
        "",
        "container('web', image='demo:2', opts=on())",
        "local('user', create='cat', stdin=container('web', image='demo:2').name)",
    ],
)
def test_a_preview_counts_what_the_update_then_does(stack: Stack, text: str) -> None:
    stack.up("container('web')")
    expected = stack.preview(text)
    assert stack.up().counts == expected.counts


def test_what_stays_is_known_in_a_preview(stack: Stack) -> None:
    text = TEXT.format(flag="/dev/null")
    name = stack.up(text).outputs["container"]
    result = stack.preview(text)
    assert not result.changed
    assert result.outputs == {"container": name, "said": "done", "dry": True}


def test_an_in_place_update_keeps_the_name_known_and_what_a_command_will_say_unknown(stack: Stack) -> None:
    text = """
    box = container("web", memory={})
    pulumi.export("c", box.name)
    pulumi.export("j", local("j", create="cat", stdin={!r}).stdout)
    """
    stack.up(text.format(64, "1"))
    result = stack.preview(text.format(128, "2"))
    assert result.counts == {"same": 1, "update": 2}
    assert result.outputs["c"] == stack.docker.names[0]
    assert result.outputs["j"] == "[unknown]"


def test_a_preview_goes_on_while_an_update_runs(stack: Stack) -> None:
    stack.write("local('job', create='true')")
    seen: list[Mapping[Any, int]] = []

    def meanwhile(event: object) -> None:
        if not seen:
            seen.append(stack.engine.preview(lambda event: None).counts)

    stack.engine.up(meanwhile)
    assert seen == [{"create": 2}]


def test_a_preview_tells_its_plan_with_options_and_what_differs(stack: Stack) -> None:
    stack.up("container('web', memory=64)\ncontainer('old')")
    plan = {step.name: step for step in stack.preview("container('web', memory=128, image='demo:2')").plan}

    assert plan["web"].operation == "replace"
    assert plan["web"].diff == {"image": "replace", "memory": "replace"}
    assert plan["web"].delete_before_replace is False
    assert plan["web"].inputs["memory"] == 128
    assert plan["old"].operation == "delete"


def test_a_plan_shows_no_secret(stack: Stack) -> None:
    plan = stack.preview(TEXT.format(flag="/dev/null")).plan
    (box,) = [step for step in plan if step.name == "web"]

    assert box.inputs["envs"] == ["[secret]"]
    assert "abcdef" not in str(plan)
