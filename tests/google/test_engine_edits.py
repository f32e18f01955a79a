"""What the real provider's preview says of each edit of a prod stack, and what the table of effects says of it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args

import pytest

from config import names
from config.load import StackFileError, parse
from tandem.cloud import effects, gate
from tandem.cloud.review import review
from tandem.engines import Step
from tandem.engines.pulumi_events import Stream
from tests import edits
from tests.edits import EDITS, Edit
from tests.google import needs
from tests.google.fake import Fake, World, fake, provider
from tests.google.pulumi import Cli, project_file, stack_file

pytestmark = needs.THE_ENGINE

PROJECTS = {"acme-prod": "222222222222", "acme-other": "333333333333"}
Preview = Callable[[Mapping[str, Any]], Stream]
Made = Literal["prod", "fast", "secret", "unprotected", "unprotected secret"]
"""`unprotected`: the same without protection, as the engine's plan else ends at the first thing that is protected."""
REFUSED = [
    "data_disk: {type: pd-ssd}",
    "zone: europe-west4-a, another region",
    "project: acme-other",
    "storage.media taken out",
]
"""Edits whose refusals the engine words differently: of the thing itself, of what goes along with it, of a deletion."""


def made(edit: Edit) -> bool:
    """Whether the stack file with this edit is read at all."""
    try:
        parse(edits.after(edit), "Pulumi.prod.yaml")
    except StackFileError:
        return False
    return True


def asked_of(edit: Edit) -> Made:
    """The stack whose preview is compared."""
    lost = any(verdict.danger != "stop" for verdict in gate.judge(edits.plan(edit)))
    unprotected: dict[str, Made] = {"prod": "unprotected", "secret": "unprotected secret"}
    return unprotected.get(edit.stack, edit.stack) if lost else edit.stack


def as_made(stack: Made, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a stack file says where it is that of this stack."""
    if not stack.startswith("unprotected"):
        return said
    return {**said, "host": {**said["host"], "protect": False}, "accept_risk": [*said["accept_risk"], "no-protection"]}


def before(stack: Made) -> Mapping[str, Any]:
    """The stack as it is."""
    return as_made(stack, edits.before(stack_of(stack)))


def stack_of(made: Made) -> edits.Stack:
    """Which of the edits' stacks that is."""
    for stack in get_args(edits.Stack):
        if made.endswith(stack):
            found: edits.Stack = stack
            return found
    return "prod"


@pytest.fixture(scope="module", params=get_args(Made))
def preview(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Preview]]:
    """The ground of a stack, made, and what a preview of another content of its file says."""
    folder = tmp_path_factory.mktemp(request.param)
    project_file("tandem", names.ROOT / "tests" / "google" / "ground", folder)
    with fake(World(projects=dict(PROJECTS))) as google:
        keys = provider.settings(google.url, "acme-prod")
        _account(google, "deploy")

        def say(stack: Mapping[str, Any]) -> None:
            said = {f"tandem:{key}": value for key, value in stack.items()}
            said |= {f"secrets:{name}": value for name, value in edits.KEPT.items()}
            stack_file({**said, **keys}, folder / "Pulumi.prod.yaml")

        cli = Cli(folder, "prod", folder / "state", {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"})
        say(before(request.param))
        cli.ok("stack", "init")
        cli.ok("up", "--yes", "--skip-preview")

        def look(stack: Mapping[str, Any]) -> Stream:
            say(stack)
            stream = Stream(lambda _event: None)
            for line in cli.run("preview", "--json").text.splitlines():
                if line.startswith("{"):
                    stream.feed(json.loads(line))
            stream.finish()
            assert stream.plan.steps(), stream.message()
            return stream

        yield request.param, look


def test_nothing_differs_before_an_edit_and_the_policy_finds_what_the_stack_accepts(
    preview: tuple[Made, Preview],
) -> None:
    stack, look = preview
    plan = planned(look(before(stack)))
    seen = review(parse(before(stack), "Pulumi.prod.yaml"), plan)

    assert [step for step in plan if step.operation != "same"] == []
    assert seen.refusals == []
    assert {one.rule for one in seen.findings} == {*before(stack)["accept_risk"]}


@pytest.mark.parametrize("edit", [edit for edit in EDITS if made(edit)], ids=lambda edit: edit.line)
def test_the_provider_agrees_with_the_table(preview: tuple[Made, Preview], edit: Edit) -> None:
    stack, look = preview
    if stack != asked_of(edit):
        pytest.skip("an edit of another stack")
    foreseen, found = edits.plan(edit), planned(look(as_made(stack, edits.after(edit))))

    assert dangers(found) == dangers(foreseen)
    if any(step.operation == "replace" for step in foreseen):
        # Whatever names the replaced one is not known before it is made again, and may follow it.
        assert told(found) >= told(foreseen)
    else:
        assert told(found) == told(foreseen)


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.line in REFUSED], ids=lambda edit: edit.line)
def test_what_the_engine_refuses_for_its_protection_is_what_the_gate_refuses(
    preview: tuple[Made, Preview], edit: Edit
) -> None:
    stack, look = preview
    if stack != "prod":
        pytest.skip("the protected stack is asked")
    stream = look(edits.after(edit))
    seen = review(parse(edits.after(edit), "Pulumi.prod.yaml"), planned(stream), whole=False)

    assert seen.refusals
    assert seen.explains(stream.failures), stream.message()
    assert {*dangers(planned(stream))} <= {*dangers(edits.plan(edit))}


def planned(stream: Stream) -> list[Step]:
    """What is in Google Cloud."""
    return [step for step in stream.result().plan if step.type.startswith("gcp:")]


def _account(google: Fake, name: str) -> None:
    """Whoever is given a right exists."""
    told = json.dumps({"accountId": name, "serviceAccount": {}}).encode()
    asked = urllib.request.Request(f"{google.url}/iam/v1/projects/acme-prod/serviceAccounts", told, method="POST")
    asked.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(asked):
        pass


def told(plan: list[Step]) -> set[tuple[str, str]]:
    """Who and what, but for rights and what only says who somebody is: they follow another resource's new name."""
    return {
        (step.name, step.operation)
        for step in plan
        if step.operation != "same" and effects.noun(step.type) not in ("a right", "a service account")
    }


def dangers(plan: list[Step]) -> list[tuple[str, str]]:
    return sorted((verdict.step.name, verdict.danger) for verdict in gate.judge(plan))
