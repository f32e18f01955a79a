"""What checks found, as one table or as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tandem.checks.finding import MARKS, Finding
from tandem.says.tables import columns


def lines(found: Sequence[Finding]) -> Iterator[str]:
    """One row for each, and below the table what to do, each way once."""
    rows = [[MARKS[one.level], subject, said] for one in found for subject, said in _rows(one)]
    yield from columns([["", "check", "found"], *rows])
    remedies: dict[str, list[str]] = {}
    for one in found:
        if one.remedy:
            remedies.setdefault(one.remedy, []).append(one.subject)
    for remedy, subjects in remedies.items():
        yield f"→ {', '.join(dict.fromkeys(subjects))}: {remedy}"


def as_json(finding: Finding) -> dict[str, Any]:
    """One line for a program."""
    return {"check": finding.subject, "level": finding.level, "found": finding.found, "remedy": finding.remedy}


def _rows(finding: Finding) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(finding.found.splitlines() or [""]):
        yield (finding.subject if number == 0 else "", line)
