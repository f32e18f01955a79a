"""What each stack declares, resource by resource, with inputs and options: our preview without an engine.

After an intended change: `TANDEM_GOLDEN=write .venv/bin/pytest tests/golden/test_inventory.py`, then read the diff.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from config import load, names
from tandem.engines.mocks import google as google_made
from tests import engine, stacks
from tests.marked import between, put_between

PAGE = names.ROOT / "docs" / "google.md"
GOLDEN = Path(__file__).parent / "inventory"


def stack_file(name: str) -> dict[str, Any]:
    return dict(load.read_file(names.ROOT / f"Pulumi.{name}.yaml"))


STACKS = {
    "local": lambda: stack_file("local"),
    "local-switched": lambda: {**stack_file("local"), "rollouts": stacks.switched()["rollouts"]},
    "local-canary": lambda: {**stack_file("local"), "rollouts": stacks.canary()["rollouts"]},
    "local-draining": lambda: {**stack_file("local"), "rollouts": stacks.draining()["rollouts"]},
    "dev": lambda: stack_file("dev"),
    "staging": lambda: stack_file("staging"),
    "prod": lambda: stack_file("prod"),
    "ssh": lambda: stacks.on_ssh(port=2222),
}
FILES = ("dev", "staging", "prod")
"""Those that are stacks of the repository themselves, under their own name."""
ANSWERS = {google_made.GUEST_ATTRIBUTES: google_made.host_keys(stacks.HOST_KEY)}


@pytest.mark.parametrize("name", sorted(STACKS))
def test_a_stack_declares_what_its_golden_says(name: str) -> None:
    golden = GOLDEN / f"{name}.json"
    program = engine.run(STACKS[name](), stack=name if name in FILES else "test", answers=ANSWERS)
    declared = json.dumps(inventory(program), indent=1) + "\n"
    if os.environ.get("TANDEM_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(declared)
    assert declared == golden.read_text(), f"{golden} differs; write it anew with TANDEM_GOLDEN=write if that is meant"


def test_the_page_says_how_many_resources_a_stack_in_google_cloud_has() -> None:
    head = ["| stack | in Google Cloud | containers, networks, volumes | commands | in all |", "|---|---|---|---|---|"]
    table = "\n".join([*head, *map(row, FILES)])
    if os.environ.get("TANDEM_GOLDEN") == "write":
        put_between(PAGE, "resources", table)

    assert between(PAGE, "resources") == table, f"{PAGE} is stale; TANDEM_GOLDEN=write writes it anew"


def row(name: str) -> str:
    """One line of the table: resources that a provider makes, from the golden."""
    urns = [one["urn"] for one in json.loads((GOLDEN / f"{name}.json").read_text())]
    plugins = [urn.split("::")[-2].rpartition("$")[2].partition(":")[0] for urn in urns]
    counts = [plugins.count(plugin) for plugin in ("gcp", "docker", "command")]
    return " | ".join([f"| `{name}`", *map(str, counts), f"{sum(counts)} |"])


def inventory(program: engine.Program) -> list[dict[str, Any]]:
    """Resources by URN, with the checkout's place and the packed files taken out."""
    return [entry(resource) for resource in program.resources]


def entry(resource: engine.Registered) -> dict[str, Any]:
    options = {
        "parent": resource.parent,
        "provider": resource.provider,
        "depends_on": list(resource.depends_on),
        "delete_before_replace": resource.delete_before_replace,
        "ignore_changes": list(resource.ignore_changes),
        "retain_on_delete": resource.retain_on_delete,
        "protect": resource.protect,
        "deleted_with": resource.deleted_with,
        "replace_with": list(resource.replace_with),
    }
    return {
        "urn": resource.urn,
        "inputs": neutral(resource, dict(resource.inputs)),
        "options": {key: value for key, value in options.items() if value not in (None, False, [], "")},
    }


def neutral(resource: engine.Registered, inputs: dict[str, Any]) -> dict[str, Any]:
    if resource.name.startswith("files-"):
        inputs |= {"stdin": "(files)", "create": re.sub(r"\b[0-9a-f]{12}\b", "(hash)", inputs["create"])}
    if resource.name == "host-ready":
        inputs |= {"stdin": "(files)"}
    if resource.name in ("host-answers", "host-grounded"):
        inputs |= {"stdin": "(await)"}
    if "startup-script" in (inputs.get("metadata") or {}):
        inputs |= {"metadata": {**inputs["metadata"], "startup-script": "(startup)"}}
    neutralised: dict[str, Any] = json.loads(json.dumps(inputs, sort_keys=True).replace(str(names.ROOT), "(checkout)"))
    return neutralised
