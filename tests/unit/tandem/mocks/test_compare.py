"""Two sets of declarations as a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.cloud.effects import BUCKET
from tandem.engines.mocks.compare import differences, operation, plan
from tandem.engines.mocks.registered import Registered

CONTAINER = "docker:index/container:Container"


def made(name: str, type_token: str = CONTAINER, /, *, ignored: tuple[str, ...] = (), **inputs: Any) -> Registered:
    return Registered(
        f"urn::{type_token}::{name}", type_token, name, inputs, None, ignored, False, False, (), "", "docker"
    )


def operations(before: list[Registered], after: list[Registered]) -> Mapping[str, str]:
    return {step.name: step.operation for step in plan(before, after)}


def test_what_comes_goes_and_stays() -> None:
    old, same, new = made("old"), made("same", image="a"), made("new")

    assert operations([old, same], [same, new]) == {"old": "delete", "same": "same", "new": "create"}


def test_components_are_no_resources() -> None:
    assert plan([], [made("web", "tandem:App")]) == ()


def test_the_table_of_effects_tells_a_replacement_of_a_bucket() -> None:
    found = plan([made("media", BUCKET, name="a", labels={})], [made("media", BUCKET, name="b", labels={"x": "y"})])

    assert [(step.operation, step.diff) for step in found] == [("replace", {"name": "replace", "labels.x": "update"})]


def test_the_offline_engine_tells_what_replaces_a_container() -> None:
    assert differences(CONTAINER, {"image": "a", "memory": 1}, {"image": "a", "memory": 2}) == {"memory": "update"}
    assert differences(CONTAINER, {"envs": ["A=1"]}, {"envs": ["A=2"]}) == {"envs[0]": "replace"}


def test_what_a_program_ignores_is_no_difference() -> None:
    assert operations([made("web", image="a")], [made("web", ignored=("*",), image="b")]) == {"web": "same"}
    assert differences(BUCKET, {"labels": {"x": 1}, "name": "a"}, {"labels": {"x": 2}, "name": "a"}, ["labels"]) == {}


def test_a_list_of_another_length_differs_as_a_whole() -> None:
    assert differences("gcp:compute/firewall:Firewall", {"allows": [1]}, {"allows": [1, 2]}) == {"allows": "update"}
    assert operation({}) == "same"
