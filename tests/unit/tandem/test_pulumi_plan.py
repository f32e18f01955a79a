"""The plan that the real CLI tells in a preview: recorded streams of CLI 3.260 with the command plugin 1.2.1."""

from __future__ import annotations

from typing import Any

from tandem.engines import Event, Notice, Step, StepFailed
from tandem.engines.pulumi_plan import Plan
from tests.unit.tandem.test_pulumi_events import play


def of(name: str) -> Step:
    stream, _ = play(name)
    (step,) = [step for step in stream.result().plan if step.name == "a"]
    return step


def test_a_replacement_is_one_step_with_the_property_that_asks_for_it() -> None:
    step = of("preview-delete-first.jsonl")

    assert step.operation == "replace"
    assert step.diff == {"triggers[0]": "replace"}
    assert step.type == "command:local:Command"
    assert step.protect is False


def test_a_replacement_that_is_refused_is_in_the_plan_all_the_same() -> None:
    step = of("preview-protected.jsonl")

    assert step.operation == "replace"
    assert step.diff == {"triggers[0]": "replace"}
    assert step.protect is True


def test_why_it_is_refused_is_told_in_our_words_and_without_the_programs_traceback() -> None:
    _, seen = play("preview-protected.jsonl")
    notices: list[Event] = [event for event in seen if isinstance(event, Notice)]

    assert [event.message.partition(" and ")[0] for event in seen if isinstance(event, StepFailed)] == [
        "a would be replaced"
    ]
    assert notices == []


def test_what_is_refused_without_a_step_of_its_own_is_in_the_plan_with_what_takes_it_along() -> None:
    stream, _ = play("preview-along.jsonl")
    plan = {step.name: step for step in stream.result().plan}
    (failure,) = stream.failures

    assert {(name, step.operation, step.along) for name, step in plan.items()} == {
        ("host-address", "replace", ""),
        ("host-machine", "replace", "host-address"),
    }
    assert plan["host-machine"].type == "gcp:compute/instance:Instance"
    assert set(failure.protects) == {step.urn for step in plan.values()}
    assert "host-machine would be replaced together with host-address and is protected" in failure.message


def test_inputs_are_those_that_are_wanted_with_secrets_marked() -> None:
    step = of("preview-delete-first.jsonl")

    assert step.inputs["create"] == "echo 1"
    assert step.inputs["triggers"] == ["2"]
    assert "ciphertext" in step.inputs["stdin"]


def test_the_plugin_of_a_default_provider_is_no_named_one() -> None:
    assert of("preview-delete-first.jsonl").provider == ""


def note(**metadata: Any) -> Step:
    plan = Plan()
    base = {"urn": "urn:pulumi:s::p::tandem:Host$gcp:compute/disk:Disk::host-data", "old": None, "new": None}
    plan.note("update", {**base, "op": "update", **metadata})
    (step,) = plan.steps()
    return step


def test_without_details_the_properties_names_must_do() -> None:
    step = note(detailedDiff=None, diffs=["size", "type"], keys=["type"])

    assert step.diff == {"size": "update", "type": "replace"}


def test_the_type_is_that_of_the_resource_and_not_of_its_parents() -> None:
    assert note().type == "gcp:compute/disk:Disk"


def test_a_named_provider_is_known_by_its_name() -> None:
    provider = "urn:pulumi:s::p::tandem:Host$pulumi:providers:docker::host-docker::6f5e"

    assert note(new={"inputs": {}, "provider": provider}).provider == "host-docker"


def test_what_a_provider_fills_in_by_itself_was_not_asked_for() -> None:
    plan = Plan()
    health = {"__defaults": ["retries"], "retries": 3, "tests": ["CMD", "true"]}
    inputs = {"__defaults": ["name", "start"], "name": "web-blue-1a2b3c4d-caaaeb7", "start": True, "image": "demo:1"}
    metadata = {"op": "same", "urn": "urn:pulumi:x::y::docker:index/container:Container::web-blue-1a2b3c4d"}
    plan.note("same", {**metadata, "new": {"inputs": {**inputs, "healthcheck": health}}})

    (step,) = plan.steps()
    assert step.inputs == {"image": "demo:1", "healthcheck": {"tests": ["CMD", "true"]}}
