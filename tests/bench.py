"""`make bench`: what each move costs, on each engine that is here, under load. Prints a table, keeps the raw rows.

Not a test: nothing is asserted about time. Peers' figures stand beside, marked as recorded where they were not run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from config.names import ROOT
from tests import load
from tests.e2e.project import Project, docker, project

ROUND: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("deploy", ("deploy", "web", "demo:2")),
    ("rollback", ("rollback", "web")),
    ("switch", ("switch", "web")),
    ("finalize", ("finalize", "web")),
    ("no-op up", ("up",)),
    ("prepare", ("prepare", "web", "demo:3")),
    ("cancel", ("cancel", "web")),
    ("prepare, again", ("prepare", "web", "demo:1")),
    ("switch, prepared", ("switch", "web")),
    ("finalize, again", ("finalize", "web")),
)
"""One round: ends as it began, with demo:1 live and nothing beside it."""

BUDGETS = {"deploy": {"pulumi": 2.5, "offline": 1.5}, "rollback": {"pulumi": 2.2}, "no-op up": {"pulumi": 1.6}}
"""Seconds: command start to the new release serving (deploy, rollback), to the end (no-op)."""

THINK = 0.1
"""Mean pause of a client in seconds: some 200 requests a second, so that two cores measure moves, not load."""

RECORDED = (
    "recorded elsewhere, not in this run: Kamal 2.12 on loopback: deploy 4.8 s, rollback 2.7-3.3 s, bad image 33 s"
)


@dataclass
class Row:
    """One move, measured."""

    engine: str
    move: str
    seconds: float
    live_seconds: float | None = None
    """From the command's start until the first fresh answer by another release."""
    ready_ms: int | None = None
    flip_ms: int | None = None


@dataclass
class Lookout:
    """Asks the gateway on a fresh connection every 5 ms who serves, and remembers when that changed."""

    port: int
    changes: list[tuple[float, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Runs until `stop`."""
        while not self.stop.wait(0.005):
            served = self._ask()
            if served and (not self.changes or self.changes[-1][1] != served):
                self.changes.append((time.monotonic(), served))

    def first_after(self, start: float) -> float | None:
        """Seconds from `start` to the first change after it."""
        return next((round(at - start, 3) for at, _ in self.changes if at > start), None)

    def _ask(self) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz", headers={"Host": "web.localhost", "Connection": "close"})
            return connection.getresponse().headers.get("X-Served-By")
        except OSError:
            return None
        finally:
            connection.close()


@contextmanager
def lookout(port: int) -> Iterator[Lookout]:
    """A lookout in a thread while the block runs."""
    watcher = Lookout(port)
    thread = threading.Thread(target=watcher.watch, daemon=True)
    thread.start()
    while not watcher.changes:
        time.sleep(0.01)
    try:
        yield watcher
    finally:
        watcher.stop.set()
        thread.join(10)


def measure(stack: Project, watcher: Lookout, name: str, move: tuple[str, ...]) -> Row:
    """Runs one move and times it from outside."""
    start = time.monotonic()
    ran = stack.ok(*move, "--json")
    seconds = time.monotonic() - start
    receipt = _receipt(ran.out)
    return Row(
        engine=stack.engine,
        move=name,
        seconds=round(seconds, 3),
        live_seconds=watcher.first_after(start) if name.startswith(("deploy", "rollback", "switch")) else None,
        ready_ms=receipt.get("ready_ms"),
        flip_ms=receipt.get("flip_ms"),
    )


def _receipt(out: str) -> dict[str, Any]:
    """The switch's own line among the events; empty when the switch did not run."""
    for line in out.splitlines():
        event = json.loads(line)
        detail = event.get("detail", "")
        if isinstance(detail, str) and detail.startswith('{"ok":true'):
            found: dict[str, Any] = json.loads(detail)
            return found
    return {}


def refusal(stack: Project, image: str) -> Row:
    """How long a bad image takes to be refused."""
    start = time.monotonic()
    refused = stack.run("deploy", "web", image)
    assert refused.code != 0, refused.text
    row = Row(engine=stack.engine, move=f"refuse {image}", seconds=round(time.monotonic() - start, 3))
    stack.ok("up")
    return row


def story(engine: str, rounds: int, say: Callable[[str], None]) -> tuple[list[Row], load.Tally]:
    """All rounds on one engine under load."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=ROOT / ".tandem") as folder, project(Path(folder), engine=engine) as stack:
        say(f"{engine}: first deploy")
        stack.ok("deploy", "web", "demo:1")
        with (
            load.background(stack.port, header="web.localhost", clients=16, fresh=4, think=THINK) as seen,
            lookout(stack.port) as watcher,
        ):
            for number in range(rounds):
                say(f"{engine}: round {number + 1} of {rounds}, {seen.requests} requests, {seen.lost} lost")
                rows += [measure(stack, watcher, name, move) for name, move in ROUND]
            rows += [refusal(stack, image) for image in ("demo:crash", "demo:sick")]
        return rows, seen


def show(rows: list[Row], tallies: dict[str, load.Tally]) -> None:
    """The table for people: medians, and what was lost."""
    table = Table("engine", "move", "n", "wall s", "live after s", "ready ms", "flip ms", "budget s")
    for engine in tallies:
        for move in dict.fromkeys(row.move for row in rows):
            same = [row for row in rows if row.engine == engine and row.move == move]
            budget = BUDGETS.get(move, {}).get(engine)
            table.add_row(
                engine,
                move,
                str(len(same)),
                _median([row.seconds for row in same]),
                _median([row.live_seconds for row in same]),
                _median([row.ready_ms for row in same]),
                _median([row.flip_ms for row in same]),
                str(budget or ""),
            )
    console = Console(width=110)
    console.print(table)
    for engine, tally in tallies.items():
        console.print(f"{engine}: {tally}")
    console.print(RECORDED)


def _median(values: list[Any]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):g}" if known else ""


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=("offline", "pulumi"), action="append")
    chosen = parser.parse_args()
    console = Console(stderr=True)
    docker("image", "inspect", "demo:1", "demo:2", "demo:3", "demo:crash", "demo:sick")
    engines = chosen.engine or ["offline", *(["pulumi"] if shutil.which("pulumi") else [])]
    rows: list[Row] = []
    tallies: dict[str, load.Tally] = {}
    for engine in engines:
        measured, tallies[engine] = story(engine, chosen.rounds, console.log)
        rows += measured
    show(rows, tallies)
    kept = ROOT / "artefacts" / f"bench-{time.strftime('%Y%m%dT%H%M%S')}.json"
    kept.parent.mkdir(exist_ok=True)
    lost = {engine: {"requests": tally.requests, "lost": tally.lost} for engine, tally in tallies.items()}
    kept.write_text(json.dumps({"load": lost, "rows": [asdict(row) for row in rows]}, indent=1))
    console.print(f"raw rows: {kept.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
