"""The table of docs/growing.md: what edits of a prod stack do. `TANDEM_GOLDEN=write` writes it anew; read the diff."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import pytest

from config import names
from config.load import StackFileError, parse
from tandem.cloud import effects, gate
from tandem.engines import Step
from tests import edits
from tests.edits import EDITS, Edit
from tests.marked import between, put_between

PAGE = names.ROOT / "docs" / "growing.md"
NOTHING = "nothing"


def row(edit: Edit) -> str:
    """One line of the table."""
    try:
        parse(edits.after(edit), "Pulumi.prod.yaml")
    except StackFileError as refused:
        (risk,) = re.findall(r"accept_risk: \[([a-z-]+)\]", str(refused))
        return f"| `{edit.line}` | - | refused when the file is read: [`{risk}`](policy.md#rules) | - |"
    plan = edits.plan(edit)
    return f"| `{edit.line}` | {said(plan)} | {passes(plan)} | {edit.known} |"


def said(plan: Iterable[Step]) -> str:
    """Nouns by what happens to them, with the properties that ask for it."""
    lines: dict[str, list[str]] = {}
    for step in plan:
        stops = step.type == effects.INSTANCE and step.operation == "update" and effects.stops(step.diff)
        word = "stop and start" if stops else {"update": "in place"}.get(step.operation, f"{step.operation}d")
        asked = [path for path, asks in step.diff.items() if step.operation != "replace" or asks == "replace"]
        by = f" (`{'`, `'.join(sorted(asked))}`)" if asked else ""
        lines.setdefault(word + by, []).append(effects.noun(step.type))
    told = [f"{', '.join(dict.fromkeys(nouns))}: {word}" for word, nouns in lines.items()]
    return "; ".join(told) or NOTHING


def passes(plan: Iterable[Step]) -> str:
    """What the gate says."""
    refused = gate.refused(gate.judge(plan))
    if not refused:
        return "passes"
    if all(verdict.danger == "stop" for verdict in refused):
        return "`--allow-downtime`"
    ways = dict.fromkeys(verdict.way.partition("#")[2] for verdict in refused)
    return "refused: " + ", ".join(f"[{way.replace('-', ' ')}](#{way})" for way in ways)


@pytest.mark.timeout(120)
def test_the_page_says_what_each_edit_does() -> None:
    head = ["| edit | in the plan | gate | uptime |", "|---|---|---|---|"]
    table = "\n".join([*head, *map(row, EDITS)])
    if os.environ.get("TANDEM_GOLDEN") == "write":
        put_between(PAGE, "edits", table)

    assert between(PAGE, "edits") == table, f"{PAGE} is stale; TANDEM_GOLDEN=write writes it anew"


def test_the_page_says_how_many_rows_there_are_to_compare() -> None:
    refused = between(PAGE, "edits").count("refused when the file is read")

    text = " ".join(PAGE.read_text(encoding="utf-8").split())

    assert f"Of the {len(EDITS)} rows {refused} are refused when the file is read" in text
    assert f"the other {len(EDITS) - refused} were compared" in text


def test_every_way_round_is_a_heading_of_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, re.M)
    }
    wanted = {way for _, _, way in gate._WAYS} | {
        "taking-something-away",
        "another-machine-type",
        "what-each-edit-does",
    }

    assert wanted - headings == set()
