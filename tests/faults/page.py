"""`docs/faults.md`: the table that `make faults` writes from the cells it ran."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from config.names import ROOT
from tests.faults.cell import Cell
from tests.faults.kinds import FAULTS
from tests.faults.steps import STEPS
from tests.faults.table import by_itself

PAGE = ROOT / "docs" / "faults.md"
ARTEFACTS = ROOT / "artefacts" / "faults"
LINKS = "../artefacts/faults"

HEAD = """\
# What breaks, and what happens then

Written by `make faults` from its own runs; edit `tests/faults/`, not this page. Every cell is a real fault on real
Docker while {clients} clients send POSTs that nobody repeats. The scripts stop at the named step (a fifo that only
these tests make), the fault strikes there, and they go on.

Then: a healthy release must answer on fresh connections; nothing may be lost, but for what a dead app, nginx or dockerd
itself drops: every lost request must have been sent before a release answered again steadily, and the runs without a
deploy (*idle*) show beside how many that are. How long Docker takes to start a container again is Docker's. The next
`tandem up --wait` must bring file, host and traffic together, and one more must change nothing; no container may be
left over; a command that ends well must name the release that serves. Anything else makes a cell red. The links lead
to what `make faults` leaves in `artefacts/` where it runs.
"""


def cells(journal: Path) -> list[tuple[int, Cell]]:
    """Line number and cell of every line of a journal; of cells that ran twice, the last."""
    found: dict[str, tuple[int, Cell]] = {}
    known = {field.name for field in dataclasses.fields(Cell)}
    for number, line in enumerate(journal.read_text().splitlines(), start=1):
        said = {key: value for key, value in json.loads(line).items() if key in known}
        one = Cell(**said)
        found[one.name] = (number, one)
    return sorted(found.values())


def write(artefacts: Path = ARTEFACTS, page: Path = PAGE) -> list[Cell]:
    """Writes the page from the artefacts; the red cells."""
    numbered = cells(artefacts / "journal.jsonl")
    every = [one for _, one in numbered]
    page.write_text("\n".join(lines(numbered)) + "\n")
    return [one for one in every if one.trouble]


def lines(numbered: list[tuple[int, Cell]]) -> Iterator[str]:
    """The page: the matrix, then each fault's own table."""
    every = [one for _, one in numbered]
    yield HEAD.format(clients=10)
    red = [one for one in every if one.trouble]
    yield f"{len(every)} cells, {len(red)} red; {sum(one.requests for one in every)} requests."
    yield ""
    yield "A box says how many requests were lost (✓: none), or red. Of two the first is `offline`, the other `pulumi`."
    yield ""
    yield from _matrix(every)
    for fault in FAULTS.values():
        of_fault = [(number, one) for number, one in numbered if one.fault == fault.name]
        if of_fault:
            yield f"\n## {fault.name}: {fault.what}\n"
            yield from _rows(of_fault, every)


def _matrix(every: list[Cell]) -> Iterator[str]:
    faults = [name for name, fault in FAULTS.items() if not fault.whole]
    yield "| step | " + " | ".join(faults) + " |"
    yield "|---|" + "---|" * len(faults)
    for step in STEPS:
        marks = (_mark(one for one in every if (one.fault, one.step) == (fault, step)) for fault in faults)
        yield f"| {step} | {' | '.join(marks)} |"


def _mark(found: Iterable[Cell]) -> str:
    marks = ["red" if one.trouble else str(one.lost) if one.lost else "✓" for one in found]
    return " / ".join(marks) or "not run"


def _rows(of_fault: list[tuple[int, Cell]], every: list[Cell]) -> Iterator[str]:
    yield "| step | engine | command | no release answered | lost | idle | next `up` | | load | journal |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for number, one in of_fault:
        idle = [str(other.lost) for other in by_itself(one, every)] if one.move else []
        yield (
            f"| {one.step} | {one.engine} | {_command(one)} | {one.outage:.1f} s | {one.lost} of {one.requests} "
            f"| {', '.join(idle) or '-'} | {'done' if one.up_code == 0 else f'code {one.up_code}'} | {_judged(one)} "
            f"| [load]({LINKS}/load/{one.name}.json) | [{number}]({LINKS}/journal.jsonl#L{number}) |"
        )


def _command(one: Cell) -> str:
    if not one.move:
        return "none"
    return "killed" if one.exit_code is not None and one.exit_code < 0 else f"code {one.exit_code}"


def _judged(one: Cell) -> str:
    return "**red**: " + "; ".join(one.trouble).replace("|", "/") if one.trouble else "✓"
