"""What the policy says of every stack file; in prod nothing that is not accepted.

After an intended change: `TANDEM_GOLDEN=write .venv/bin/pytest tests/golden/test_findings.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import policy
from config import names
from tests import planned
from tests.marked import between, put_between

GOLDEN = Path(__file__).parent / "findings"
PAGE = names.ROOT / "docs" / "policy.md"


@pytest.mark.parametrize("name", planned.STACKS)
def test_a_stack_is_found_to_be_what_its_golden_says(name: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    found = planned.findings(name)
    said = "".join(f"{'accepted' if one.accepted else 'REFUSED'} {one.line()}\n" for one in found) or "nothing\n"
    if os.environ.get("TANDEM_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(said)
    assert said == golden.read_text(), f"{golden} differs; write it anew with TANDEM_GOLDEN=write if that is meant"


@pytest.mark.parametrize("name", planned.STACKS)
def test_no_stack_has_an_unaccepted_finding_or_accepts_what_is_not_there(name: str) -> None:
    found = planned.findings(name)
    accepted = planned.stack_file(name).get("accept_risk", [])

    assert [one.line() for one in found if not one.accepted] == []
    assert policy.stale(found, accepted) == []


def test_the_page_says_what_each_stack_breaks() -> None:
    head = ["| stack | breaks | accepted | not accepted |", "|---|---|---|---|"]
    table = "\n".join([*head, *map(row, planned.STACKS)])
    if os.environ.get("TANDEM_GOLDEN") == "write":
        put_between(PAGE, "findings", table)

    assert between(PAGE, "findings") == table, f"{PAGE} is stale; TANDEM_GOLDEN=write writes it anew"


def row(name: str) -> str:
    """One line of the table."""
    found = planned.findings(name)
    accepted = sum(one.accepted for one in found)
    broken = ", ".join(f"`{rule}`" for rule in sorted({one.rule for one in found})) or "nothing"
    return f"| `{name}` | {broken} | {accepted} | {len(found) - accepted} |"
