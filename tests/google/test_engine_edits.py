"""What the real provider's preview says of each edit of a prod stack, and what the table of effects says of it."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from config import names
from config.load import StackFileError, parse
from tandem.cloud import effects, gate
from tandem.cloud.review import review
from tandem.engines import Step
from tandem.engines.pulumi_events import Stream
from tests import edits
from tests.edits import EDITS, Edit
from tests.google.fake import Fake, World, fake, provider
from tests.google.pulumi import Cli, missing, project_file, stack_file

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=f"the real engine: {missing()}"),
]

PROJECTS = {"acme-prod": "222222222222", "acme-other": "333333333333"}
Preview = Callable[[Mapping[str, Any]], list[Step]]


def made(edit: Edit) -> bool:
    """Whether the stack file with this edit is read at all."""
    try:
        parse(edits.after(edit), "Pulumi.prod.yaml")
    except StackFileError:
        return False
    return True


@pytest.fixture(scope="module", params=["prod", "fast"])
def preview(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Preview]]:
    """The ground of a stack, made, and what a preview of another content of its file says."""
    folder = tmp_path_factory.mktemp(request.param)
    project_file("tandem", names.ROOT / "tests" / "google" / "ground", folder)
    with fake(World(projects=dict(PROJECTS))) as google:
        keys = provider.settings(google.url, "acme-prod")
        _account(google, "deploy")

        def say(stack: Mapping[str, Any]) -> None:
            said = {f"tandem:{key}": value for key, value in stack.items()}
            stack_file({**said, **keys}, folder / "Pulumi.prod.yaml")

        cli = Cli(folder, "prod", folder / "state", {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"})
        say(edits.before(request.param))
        cli.ok("stack", "init")
        cli.ok("up", "--yes", "--skip-preview")

        def look(stack: Mapping[str, Any]) -> list[Step]:
            say(stack)
            stream = Stream(lambda _event: None)
            for line in cli.run("preview", "--json").text.splitlines():
                if line.startswith("{"):
                    stream.feed(json.loads(line))
            stream.finish()
            assert stream.plan.steps(), stream.message()
            return [step for step in stream.result().plan if step.type.startswith("gcp:")]

        yield request.param, look


def test_nothing_differs_before_an_edit_and_the_policy_finds_what_the_stack_accepts(
    preview: tuple[str, Preview],
) -> None:
    stack, look = preview
    said = edits.before("prod" if stack == "prod" else "fast")
    plan = look(said)
    seen = review(parse(said, "Pulumi.prod.yaml"), plan)

    assert [step for step in plan if step.operation != "same"] == []
    assert seen.refusals == []
    assert {one.rule for one in seen.findings} == {*said["accept_risk"]}


@pytest.mark.parametrize("edit", [edit for edit in EDITS if made(edit)], ids=lambda edit: edit.line)
def test_the_provider_agrees_with_the_table(preview: tuple[str, Preview], edit: Edit) -> None:
    stack, look = preview
    if edit.stack != stack:
        pytest.skip("an edit of the other stack")
    foreseen, found = edits.plan(edit), look(edits.after(edit))

    assert dangers(found) == dangers(foreseen)
    if any(step.operation == "replace" for step in foreseen):
        # Whatever names the replaced one is not known before it is made again, and may follow it.
        assert told(found) >= told(foreseen)
    else:
        assert told(found) == told(foreseen)


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
