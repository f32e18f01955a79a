"""What a command over SSH costs: wall time, when the new release serves, TCP connections and `ssh` sessions."""

from __future__ import annotations

import json
import os
import resource
import shlex
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config.names import ROOT
from tests.bench.lookout import Lookout, lookout
from tests.machine.boot import Machine
from tests.machine.relay import Relay
from tests.ssh.project import SshProject, ssh_project

ROUND: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("deploy, nothing open", ("deploy", "web", "demo:2")),
    ("rollback", ("rollback", "web")),
    ("switch", ("switch", "web")),
    ("deploy", ("deploy", "web", "demo:3")),
    ("deploy --finalize", ("deploy", "web", "demo:1", "--finalize")),
    ("up", ("up",)),
    ("status", ("status",)),
)
"""One round: ends as it began, with demo:1 live and nothing beside it. The first one opens the connection anew."""

MEASURED = ("seconds", "connections", "sessions", "kilobytes", "cpu", "load")
MOVES_TRAFFIC = ("deploy", "rollback", "switch")
LOOK = 0.02
"""Seconds between two looks at who serves; every look costs the two cores that do everything else here."""
FILE = ROOT / "artefacts" / "ssh.jsonl"

COUNTING = """#!/bin/sh
case " $* " in *' -O '*) ;; *) echo >>"$COUNTED" ;; esac
exec {ssh} "$@"
"""


@dataclass(frozen=True)
class Cost:
    """Of one command. `serves`: seconds from its start to the first answer by another release."""

    engine: str
    delay: int
    move: str
    seconds: float
    serves: float | None
    connections: int
    sessions: int
    kilobytes: int
    cpu: float
    """Seconds of processor of the command and what it started and waited for, on this side."""
    load: float
    """Of the machine, when the command began: everything here shares it."""


@dataclass(frozen=True)
class Ruler:
    """Measures commands of one project behind one relay."""

    web: SshProject
    relay: Relay
    delay: int
    folder: Path
    """Has a `ssh` that counts."""

    def measure(self, move: str, command: Sequence[str], watcher: Lookout) -> Cost:
        """Runs a command, which must end well."""
        counted = self.folder / "counted"
        counted.write_text("")
        busy = os.getloadavg()[0]
        before = self.relay.connections, self.relay.bytes
        used = _children()
        began = time.monotonic()
        ran = self.web.run(*command, env={"PATH": f"{self.folder}:{os.environ['PATH']}", "COUNTED": str(counted)})
        seconds = time.monotonic() - began
        assert ran.code == 0, ran.text
        return Cost(
            self.web.engine,
            self.delay,
            move,
            round(seconds, 2),
            watcher.first_after(began) if move.startswith(MOVES_TRAFFIC) else None,
            self.relay.connections - before[0],
            len(counted.read_text().splitlines()),
            (self.relay.bytes - before[1]) // 1000,
            round(_children() - used, 2),
            busy,
        )


def rounds(machine: Machine, engine: str, delay: int, count: int) -> Iterator[Cost]:
    """Every move of `count` rounds, behind a relay with a round trip of `delay` milliseconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Relay(machine.address, machine.port, delay=delay / 2000) as relay,
        ssh_project(_made(Path(folder) / "project"), machine, engine=engine, ssh_port=relay.port) as web,
    ):
        ruler = Ruler(web, relay, delay, _counting(_made(Path(folder) / "bin")))
        web.ok("deploy", "web", "demo:1")
        with lookout(web.port, LOOK) as watcher:
            for _ in range(count):
                web.link.close()
                for move, command in ROUND:
                    yield ruler.measure(move, command, watcher)


def keep(costs: Iterable[Cost]) -> Iterator[Cost]:
    """Each as it comes, and a line of `artefacts/ssh.jsonl`."""
    FILE.parent.mkdir(exist_ok=True)
    for cost in costs:
        with FILE.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(cost)) + "\n")
        yield cost


def show(costs: Sequence[Cost]) -> None:
    """Medians, a line a move."""
    for move, command in ROUND:
        of_move = [cost for cost in costs if cost.move == move]
        serves = [cost.serves for cost in of_move if cost.serves is not None]
        first = of_move[0]
        live = f"serves after {statistics.median(serves):5.2f} s, " if serves else ""
        middle = {name: _median(of_move, name) for name in MEASURED}
        sys.stdout.write(
            f"{first.engine} {first.delay:4} ms  {move:21} {live:23} ends after {middle['seconds']:5.2f} s  "
            f"{middle['connections']:g} connections  {middle['sessions']:g} sessions  {middle['kilobytes']:.0f} kB  "
            f"cpu {middle['cpu']:.2f} s  n={len(of_move)} load {middle['load']:.1f}  tandem {shlex.join(command)}\n"
        )
    sys.stdout.flush()


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _median(costs: Sequence[Cost], what: str) -> float:
    return float(statistics.median(getattr(cost, what) for cost in costs))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _counting(folder: Path) -> Path:
    """The folder with a `ssh` that writes a line for every session it is asked for."""
    script = folder / "ssh"
    script.write_text(COUNTING.format(ssh=shutil.which("ssh")))
    script.chmod(0o755)
    return folder
