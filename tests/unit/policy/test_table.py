"""docs/policy.md names every rule, and none that is not there. `TANDEM_GOLDEN=write` writes its table anew."""

from __future__ import annotations

import os
from typing import get_args

from config import names
from config.risks import Risk
from policy import RULES
from tests.marked import between, put_between

PAGE = names.ROOT / "docs" / "policy.md"
IN_THE_FILE = {
    "ssh-open",
    "no-protection",
    "no-snapshots",
    "soft-delete-off",
    "no-versioning",
    "same-region-backups",
    "no-hardening",
    "metrics-open",
}
"""Refused in prod as soon as the stack file is read (config.risks)."""


def table() -> str:
    rows = ["| rule | demands | from | by | where it is from |", "|---|---|---|---|---|"]
    for rule in RULES:
        by = ["accept_risk" if rule.name in get_args(Risk) else "", "stack file" if rule.name in IN_THE_FILE else ""]
        said = ", ".join(filter(None, by)) or "-"
        since = "every" if rule.since == "local" else rule.since
        rows.append(f"| `{rule.name}` | {rule.says} | {since} | {said} | {', '.join(rule.sources) or 'ours'} |")
    return "\n".join(rows)


def test_the_page_has_the_table_of_rules() -> None:
    if os.environ.get("TANDEM_GOLDEN") == "write":
        put_between(PAGE, "rules", table())

    assert between(PAGE, "rules") == table(), f"{PAGE} is stale; TANDEM_GOLDEN=write writes it anew"
