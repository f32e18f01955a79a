"""The table for people: medians side by side, and what was lost."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import load
from tests.bench.row import Row

BUDGETS = {
    "deploy": {"pulumi": 2.5, "offline": 1.5},
    "rollback": {"pulumi": 2.2},
    "no-op up": {"pulumi": 1.6},
}
"""Seconds: command start to the new release serving (deploy, rollback), to the end (no-op)."""

RECORDED = (
    Row("Kamal 2.12, recorded", "deploy", 4.8, live_seconds=4.0),
    Row("Kamal 2.12, recorded", "rollback", 3.0, live_seconds=3.3),
    Row("Kamal 2.12, recorded", "refuse demo:sick", 33.5),
)
"""Not of this run: loopback, another machine of two cores, medians or the one instrumented run; it lost no request."""

COUNTED = (
    "cpu s: user and system time of the command and all processes it started and waited for, on this machine; "
    "docker s: of dockerd and containerd meanwhile. Load, proxies and the apps themselves are in neither."
)


def show(rows: Sequence[Row], tallies: Mapping[str, load.Tally], notes: Sequence[str]) -> None:
    """Prints it."""
    table = Table(
        "who",
        "move",
        "n",
        "wall s",
        "max",
        "live s",
        "verdict s",
        "ready ms",
        "flip ms",
        "cpu s",
        "docker s",
        "lost",
        "budget",
    )
    for who, move in dict.fromkeys((row.who, row.move) for row in [*rows, *RECORDED]):
        same = [row for row in [*rows, *RECORDED] if (row.who, row.move) == (who, move)]
        table.add_row(*cells(who, move, same))
    console = Console(width=150)
    console.print(table)
    console.print(COUNTED)
    for who, tally in tallies.items():
        console.print(f"{who}: {tally}")
    for note in notes:
        console.print(note)


def cells(who: str, move: str, same: Sequence[Row]) -> list[str]:
    """One line: medians, but for the count, the slowest and the sum of what was lost."""
    recorded = any(row is one for row in RECORDED for one in same)
    return [
        who,
        move,
        "" if recorded else str(len(same)),
        median([row.seconds for row in same]),
        "" if recorded else f"{max(row.seconds for row in same):g}",
        median([row.live_seconds for row in same]),
        median([row.verdict_seconds for row in same]),
        median([row.ready_ms for row in same]),
        median([row.flip_ms for row in same]),
        median([row.cpu_seconds for row in same]),
        median([row.docker_seconds for row in same]),
        "" if recorded else str(sum(row.lost for row in same)),
        str(BUDGETS.get(move, {}).get(who, "")),
    ]


def median(values: Sequence[Any]) -> str:
    """Of the values that are known; empty without any."""
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.4g}" if known else ""
