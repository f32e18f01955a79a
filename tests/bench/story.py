"""What is measured on an engine: rounds of single moves, verdicts, emergency rollbacks, refusals; and the long run."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.names import ROOT
from tests import load
from tests.bench.lookout import Lookout, lookout
from tests.bench.row import Row, Ruler
from tests.e2e.project import APP, Project, project

ROUND: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("deploy", ("deploy", "web", "demo:2", "--no-wait")),
    ("rollback", ("rollback", "web")),
    ("switch", ("switch", "web")),
    ("finalize", ("finalize", "web")),
    ("no-op up", ("up",)),
    ("prepare", ("prepare", "web", "demo:3")),
    ("canary", ("canary", "web", "10")),
    ("canary, more", ("canary", "web", "50")),
    ("canary, none", ("canary", "web", "0")),
    ("cancel", ("cancel", "web")),
    ("prepare, again", ("prepare", "web", "demo:1")),
    ("switch, prepared", ("switch", "web")),
    ("finalize, again", ("finalize", "web")),
)
"""One round: ends as it began, with demo:1 live and nothing beside it."""

MOVES_TRAFFIC = ("deploy", "rollback", "switch", "refuse")

THINK = 0.1
"""Mean pause of a client in seconds: some 200 requests a second, so that two cores measure moves, not load."""

WATCHED = {"web": {**APP, "domains": ["web.localhost"], "watch": {"window": "15s"}}}
"""A bench measures what a user gets: the window of the watch is the default."""

Say = Callable[[str], None]


@dataclass
class Field:
    """One stack under load, and who measures it."""

    stack: Project
    seen: load.Tally
    watcher: Lookout
    ruler: Ruler

    def move(self, name: str, *arguments: str) -> Row:
        """One move that must end well."""
        said: list[str] = []

        def command() -> None:
            said.append(self.stack.ok(*arguments, "--json").out)

        row = self.ruler.measure(name, command, moves_traffic=name.startswith(MOVES_TRAFFIC))
        receipt = _receipt(said[0])
        row.ready_ms, row.flip_ms = receipt.get("ready_ms"), receipt.get("flip_ms")
        return row


@contextmanager
def field(engine: str, *, think: float) -> Iterator[Field]:
    """A stack with demo:1 live, under load."""
    with (
        tempfile.TemporaryDirectory(dir=ROOT / ".tandem", prefix="bench") as folder,
        project(Path(folder), engine=engine, apps=WATCHED) as stack,
    ):
        stack.ok("deploy", "web", "demo:1", "--no-wait")
        with (
            load.background(stack.port, header="web.localhost", clients=16, fresh=4, think=think) as seen,
            lookout(stack.port) as watcher,
        ):
            yield Field(stack, seen, watcher, Ruler(engine, seen, watcher))


def rounds(engine: str, number: int, say: Say) -> tuple[list[Row], load.Tally]:
    """So many rounds of single moves, the watch at work beside them; then bad images."""
    rows: list[Row] = []
    with field(engine, think=THINK) as here:
        for count in range(number):
            say(f"{engine}: round {count + 1} of {number}, {here.seen.requests} requests, {here.seen.lost} lost")
            rows += [here.move(name, *move) for name, move in ROUND]
        rows += [_refusal(here, image) for image in ("demo:crash", "demo:sick")]
        return rows, here.seen


def emergencies(engine: str, number: int, say: Say) -> tuple[list[Row], load.Tally]:
    """`rollback --now`, so many times; in between forward again, by force, as the release is barred."""
    rows: list[Row] = []
    with field(engine, think=THINK) as here:
        here.stack.ok("deploy", "web", "demo:2", "--no-wait")
        for count in range(number):
            say(f"{engine}: rollback --now {count + 1} of {number}, {here.seen.lost} lost")
            row = here.move("rollback --now", "rollback", "web", "--now")
            row.flip_ms = _flip_back_ms(here.stack)
            rows.append(row)
            here.stack.ok("up")
            here.stack.ok("switch", "web", "--force", "the bench goes forward again")
        return rows, here.seen


def verdicts(engine: str, number: int, say: Say) -> tuple[list[Row], load.Tally]:
    """Deploys that wait for their verdict: a good release, and one that fails a fifth of its requests."""
    rows: list[Row] = []
    with field(engine, think=THINK) as here:
        for count in range(number):
            say(f"{engine}: verdict {count + 1} of {number}")
            good = here.move("deploy, with verdict", "deploy", "web", f"demo:{count % 2 + 2}")
            good.verdict_seconds = good.seconds
            rows += [good, _bad(here)]
            (here.stack.host_directory / "gateway" / "state" / "web.barred").unlink(missing_ok=True)
        return rows, here.seen


def _bad(here: Field) -> Row:
    """demo:errors, until it is off again. Its own 500s are `lost` in the row, and not the gateway's."""
    start = time.monotonic()

    def command() -> None:
        ran = here.stack.run("deploy", "web", "demo:errors", "--json")
        assert ran.code == 7, ran.text

    row = here.ruler.measure("deploy of a failing release", command, moves_traffic=True)
    row.verdict_seconds = here.watcher.last_after(start)
    return row


def _refusal(here: Field, image: str) -> Row:
    """How long a bad image takes to be refused."""

    def command() -> None:
        refused = here.stack.run("deploy", "web", image)
        assert refused.code not in (0, 7), refused.text

    row = here.ruler.measure(f"refuse {image}", command, moves_traffic=False)
    here.stack.ok("up")
    return row


def _receipt(out: str) -> Mapping[str, Any]:
    """The switch's own line among the events; empty when the switch did not run."""
    for line in out.splitlines():
        event = json.loads(line)
        detail = event.get("detail", "")
        if isinstance(detail, str) and detail.startswith('{"ok":true'):
            found: dict[str, Any] = json.loads(detail)
            return found
    return {}


def _flip_back_ms(stack: Project) -> int | None:
    """What the host says of its newest flip: milliseconds, proof included."""
    receipts = (stack.host_directory / "gateway" / "state" / "web.receipts.jsonl").read_text().splitlines()
    newest: dict[str, Any] = json.loads(receipts[-1])
    return newest.get("total_ms") if newest.get("kind") == "back" else None
