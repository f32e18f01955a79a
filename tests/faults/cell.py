"""One cell of the table: a move under load, the fault at its step, what answered, what was lost, what `up` did."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests import load, processes
from tests.e2e.project import Project, Ran
from tests.faults.kinds import Fault, Scene
from tests.faults.machine import Machine
from tests.faults.prober import Prober, probing
from tests.faults.steps import SERVING, STEPS, Steps

COMMAND_LIMIT = 120.0
ANSWER_LIMIT = 60.0
GRACE = 0.2
"""Seconds between two looks of the prober, and room for a slow one."""
CLIENTS = {"clients": 8, "fresh": 2, "think": 0.12}
"""Some hundred requests a second: two cores are to show what a fault does, not what a load does."""


@dataclass
class Cell:
    """What one fault at one step did. Times in seconds."""

    fault: str
    step: str
    engine: str
    move: list[str]
    at: str = ""
    exit_code: int | None = None
    words: str = ""
    """The end of what the command said."""
    steps: list[str] = field(default_factory=list)
    served: list[tuple[float, str]] = field(default_factory=list)
    """Seconds after the fault, and who answered fresh connections from then on."""
    outage: float = 0.0
    """From a release's last answer to a fresh connection to the next one's first, by when they came."""
    requests: int = 0
    lost: int = 0
    lost_within: float = 0.0
    """From the fault to the last request that was sent and lost."""
    late: int = 0
    """Of the lost, those that were sent when a release answered again: the dead process cannot be to blame for them."""
    why_lost: dict[str, int] = field(default_factory=dict)
    up_code: int | None = None
    up_words: str = ""
    trouble: list[str] = field(default_factory=list)
    """Why the cell is red; empty = green."""

    @property
    def name(self) -> str:
        """`nginx-reloaded`, which is also the load file's name."""
        return f"{self.fault}-{self.step}-{self.engine}"


@dataclass
class Bench:
    """What cells share: the stack, its listener, the own machine if there is one, where to write."""

    stack: Project
    steps: Steps
    machine: Machine | None
    folder: Path


def run(bench: Bench, fault: Fault, step: str, move: list[str]) -> Cell:
    """One move with the fault at the step; no move: nothing is under way (`idle`)."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    cell = Cell(fault.name, step, bench.stack.engine, move, at=at)
    with (
        load.background(bench.stack.port, header="web.localhost", remembered=100_000, **CLIENTS) as seen,  # type: ignore[arg-type]
        probing(bench.stack.port) as prober,
    ):
        _wait(lambda: seen.requests > 50 and bool(prober.answers), 30)
        scene = Scene(bench.stack, None, frozenset(bench.stack.containers()), bench.machine)
        _suffer(bench, fault, cell, scene)
        _answered(cell, prober, bench.steps.struck_at)
        fault.mend(scene)
        _converge(bench.stack, cell)
    _count(cell, seen, prober, bench.steps.struck_at, fault)
    _keep(bench.folder, cell, seen, prober)
    return cell


def _suffer(bench: Bench, fault: Fault, cell: Cell, scene: Scene) -> None:
    """The move, with the fault in it, until the command ends; it is killed when it does not."""
    early = fault.whole or not cell.move
    bench.steps.arm(None if early else cell.step, lambda: fault.strike(scene))
    if early:
        bench.steps.strike_now()
    if cell.move:
        _command(bench, cell, scene)
    if not bench.steps.has_struck():
        cell.trouble.append(f"the step {cell.step} was never announced")
    elif bench.steps.trouble:
        cell.trouble.append(f"the fault itself failed: {bench.steps.trouble!r}")
    if cell.exit_code == 0:
        _kept_its_word(bench.stack, cell, fault)


def _kept_its_word(stack: Project, cell: Cell, fault: Fault) -> None:
    """A command that ends well names the release that serves; one with a wrong image or template cannot end well."""
    if fault.whole:
        cell.trouble.append("the command ended well, as if there had been no fault")
    named = json.loads(cell.words.splitlines()[-1])["apps"]["web"]["release"]
    status, serves = stack.served_by()
    if status == 200 and serves != named:
        cell.trouble.append(f"the command ended with 0 and says {named}, but {serves} serves")


def _command(bench: Bench, cell: Cell, scene: Scene) -> None:
    command = subprocess.Popen(
        bench.stack.command(*cell.move, "--json"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    scene.command = command
    try:
        said, _ = command.communicate(timeout=COMMAND_LIMIT)
    except subprocess.TimeoutExpired:
        cell.trouble.append(f"the command did not end within {COMMAND_LIMIT:g} s")
        processes.kill(*processes.family(command.pid))
        said, _ = command.communicate()
    cell.exit_code, cell.words = command.returncode, said[-3000:]
    cell.steps = [name for _, name in bench.steps.seen]


def _answered(cell: Cell, prober: Prober, struck: float) -> None:
    """A healthy colour answers on fresh connections, after the fault and the end of the command."""
    now = time.time()
    if not _wait(lambda: prober.healthy_after(max(now, struck)), ANSWER_LIMIT):
        cell.trouble.append(f"no release answered within {ANSWER_LIMIT:g} s after the fault")


def _converge(stack: Project, cell: Cell) -> None:
    """The next `up` brings file, host and traffic together; one more changes nothing; nothing is left over."""
    # An engine whose command was killed works on, and holds the stack until it has ended.
    up = stack.run("up", "--wait", "--json")
    cell.up_code, cell.up_words = up.code, up.text[-3000:]
    if up.code:
        cell.trouble.append(f"the next up ended with {up.code}")
        return
    said = json.loads(stack.ok("status", "--json").out)
    status = said["apps"]["web"]
    if said["differences"]:
        cell.trouble.append(f"differences after up: {said['differences']}")
    if (serves := stack.served_by()) != (200, status["release"]):
        cell.trouble.append(f"status says {status['release']}, the gateway {serves}")
    if strays := _strays(stack, status):
        cell.trouble.append(f"stray containers: {strays}")
    if _changes(up) and (changed := _changes(stack.ok("up", "--json"))):
        cell.trouble.append(f"one more up is no no-op: {changed}")


def _changes(up: Ran) -> dict[str, int]:
    """What an `up --json` did, by kind."""
    done: dict[str, int] = up.summary["summary"]
    return {kind: count for kind, count in done.items() if kind != "same" and count}


def _strays(stack: Project, status: dict[str, Any]) -> list[str]:
    """Containers of the app that are on no colour and do not drain."""
    known = {status[colour]["release"] for colour in ("blue", "green") if status[colour]}
    known |= {entry["release"] for entry in status.get("draining", ())}
    return [f"{release} ({box[:12]})" for release, box in stack.containers().items() if release not in known]


def _count(cell: Cell, seen: load.Tally, prober: Prober, struck: float, fault: Fault) -> None:
    # A release that was made to fail answers 500 by itself: that is what the watch is there for, and no loss of ours.
    lost = [(sent, reason) for sent, reason in seen.moments if cell.step != "flip-back" or reason != "status 500"]
    cell.requests, cell.lost = seen.requests, len(lost)
    cell.lost_within = round(max((sent - struck for sent, _ in lost), default=0.0), 3)
    for _, reason in lost:
        cell.why_lost[reason] = cell.why_lost.get(reason, 0) + 1
    cell.outage = prober.outage(struck)
    cell.served = [(round(run.first - struck, 3), run.said) for run in prober.answers]
    cell.late = sum(sent > prober.back(struck) + GRACE for sent, _ in lost)
    if cell.late:
        cell.trouble.append(f"{cell.late} requests lost that were sent after a release answered again")
    if lost and not _may_drop(fault, cell.step):
        cell.trouble.append(f"{len(lost)} requests lost, and this fault drops none by itself")


def _may_drop(fault: Fault, step: str) -> bool:
    """A release drops requests when it is killed, once it has the traffic; nginx and dockerd whenever they are."""
    return fault.drops and (fault.name != "candidate" or step not in STEPS or step in SERVING)


def _keep(folder: Path, cell: Cell, seen: load.Tally, prober: Prober) -> None:
    """The load file, and a line in the journal."""
    (folder / "load").mkdir(parents=True, exist_ok=True)
    load_file = {
        "requests": seen.requests, "lost": seen.lost, "status": dict(seen.status), "releases": dict(seen.release),
        "errors": dict(seen.errors), "lost_at": seen.moments, "fresh_answers": prober.answers,
    }  # fmt: skip
    (folder / "load" / f"{cell.name}.json").write_text(json.dumps(load_file, indent=1) + "\n")
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps(asdict(cell)) + "\n")


def _wait(holds: Any, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
