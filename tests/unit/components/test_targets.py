"""The stack's outputs against the contract about them, and against what the command says of the same stack."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config import load, outputs, targets
from tandem.looks import contract
from tests import engine, stacks


def scraped(config: dict[str, Any]) -> dict[str, Any]:
    web = {**config["apps"]["web"], "metrics": {"path": "/stats"}}
    return {**config, "apps": {**config["apps"], "web": web}}


@pytest.mark.parametrize(
    "config", [stacks.stable(), stacks.switched(), stacks.draining(), stacks.stack(), scraped(stacks.canary())]
)
def test_what_a_stack_writes_is_what_the_contract_says(config: dict[str, Any]) -> None:
    schema = outputs.StackOutputs.model_json_schema()

    assert [error.message for error in Draft202012Validator(schema).iter_errors(engine.seen(config).outputs)] == []


def test_every_release_of_an_app_with_metrics_is_a_target() -> None:
    said = engine.seen(scraped(stacks.switched())).outputs
    releases = [said["releases"]["web"][colour]["release"] for colour in ("blue", "green")]

    assert said["scrape_targets"] == targets.groups(
        project="tandem", stack="test", app="web", releases=releases, live=releases[0], url="http://web.localhost:8080"
    )
    assert [group["labels"]["role"] for group in said["scrape_targets"]] == ["live", "standby"]


def test_without_metrics_there_are_no_targets_and_no_alerts() -> None:
    said = engine.seen(stacks.stable()).outputs

    assert (said["version"], said["scrape_targets"], said["alerts"]) == (1, [], [])


@pytest.mark.parametrize(
    "config",
    [
        stacks.stable(),
        stacks.stable(domains=[]),
        {**stacks.stable(), "gateway": {"port": 80, "bind": "127.0.0.1"}},
        {**stacks.on_ssh(), "apps": {"web": {**stacks.WEB, "domains": []}}},
    ],
)
def test_program_and_command_name_the_same_address(config: dict[str, Any]) -> None:
    settings = load.parse(config, "Pulumi.test.yaml")

    assert engine.seen(config).outputs["endpoints"] == {"web": contract.url("web", settings)}


def test_the_metrics_of_an_app_make_no_new_release() -> None:
    config = stacks.stable()

    assert engine.seen(scraped(config)).outputs["live"] == engine.seen(config).outputs["live"]
