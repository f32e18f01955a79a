"""The rows of the table: which fault at which step of which move; and the stack on which a row runs."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from config import names
from tests.e2e.project import APP, Project, docker, project, until
from tests.faults import cell
from tests.faults.cell import Bench, Cell
from tests.faults.kinds import REFUSING, Fault
from tests.faults.machine import Machine, mount
from tests.faults.steps import STEPS, announced

WINDOW = "3s"
"""Of the watch. Long enough for a fault to strike in it, short enough for a hundred cells."""

IMAGES = ("demo:1", "demo:2", "demo:3")
IDLE_RUNS = 3
DISK = "16m"
RESTED = 12.0

IDLE = "idle"


def steps_of(fault: Fault) -> list[str]:
    """The steps at which this fault strikes; runs without a deploy first, where it drops requests by itself."""
    if fault.whole:
        return {"registry": ["deploy"], "registry-by-hand": ["up"], "template": ["deploy", "up"]}[fault.name]
    idle = [f"{IDLE}-{number + 1}" for number in range(IDLE_RUNS)] if fault.drops else []
    return [*idle, *STEPS]


def row(
    fault: Fault, engine: str, wanted: list[str], machine: Machine | None, folder: Path, say: Callable[[str], None]
) -> Iterator[Cell]:
    """All cells of a fault that are wanted, on stacks of their own: a red cell gets the next one a new stack."""
    left = [
        step for step in steps_of(fault) if not wanted or step in wanted or (step.startswith(IDLE) and IDLE in wanted)
    ]
    while left:
        with stage(fault, engine, machine, folder) as bench:
            while left:
                step = left.pop(0)
                say(f"{engine}: {fault.name} at {step}")
                done = _one(bench, fault, step)
                yield done
                if done.trouble:
                    break


def _one(bench: Bench, fault: Fault, step: str) -> Cell:
    bench.steps.arm(None)
    third = _ready(bench.stack)
    if step == "flip-back":
        # The watch compares with the release before: one that died in an earlier cell would be a poor measure.
        bench.stack.ok("deploy", "web", third)
        third = _ready(bench.stack)
    if fault.drops:
        _rested(bench.stack)
    moves = {
        "up": ["up"],
        "deploy": ["deploy", "web", REFUSING if fault.name == "registry" else third],
        "flip-back": ["deploy", "web", "demo:errors"],
    }
    move = [] if step.startswith(IDLE) else moves.get(step, ["deploy", "web", third])
    return cell.run(bench, fault, step, move)


def _ready(stack: Project) -> str:
    """One release live, one as the way back, none barred; the image that is on neither colour."""
    (stack.host_directory / "gateway" / "state" / "web.barred").unlink(missing_ok=True)
    names_of = {docker("image", "inspect", "--format", "{{.Id}}", image).strip(): image for image in IMAGES}
    while True:
        status = stack.status()
        there = [names_of.get(status[colour]["image"]) for colour in ("blue", "green") if status[colour]]
        third = next(image for image in IMAGES if image not in there)
        if status["phase"] == "switched" and None not in there:
            return third
        stack.ok("deploy", "web", third)


def _rested(stack: Project) -> None:
    """Docker starts at once what it has to start again, but waits twice as long each time within ten seconds: the next
    cell must not pay for the last one.
    """
    until(lambda: all(_age(box) > RESTED for box in (stack.gateway, *stack.containers().values())), seconds=60)


def _age(container: str) -> float:
    """Seconds since its last start."""
    started = docker("inspect", "--format", "{{.State.StartedAt}}", container)[:19]
    return (datetime.now(UTC) - datetime.fromisoformat(f"{started}+00:00")).total_seconds()


@contextmanager
def stage(fault: Fault, engine: str, machine: Machine | None, folder: Path) -> Iterator[Bench]:
    """A stack with a listener on its steps; for a full disk its files lie on a small one."""
    app = {**APP, "domains": ["web.localhost"], "watch": {"window": WINDOW}}
    with ExitStack() as leaving:
        directory = Path(leaving.enter_context(tempfile.TemporaryDirectory(dir=names.ROOT / ".tandem")))
        stack = leaving.enter_context(project(directory, engine=engine, apps={"web": app}))
        if fault.name == "disk":
            leaving.enter_context(_small_disk(stack.host_directory / "gateway"))
        steps = leaving.enter_context(announced(stack.host_directory / "gateway" / "state"))
        yield Bench(stack, steps, machine, folder)


@contextmanager
def _small_disk(where: Path) -> Iterator[None]:
    where.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(where))
    try:
        yield
    finally:
        # The gateway holds it until its container is removed, right after this.
        subprocess.run(["umount", "--lazy", str(where)], check=True)


def by_itself(one: Cell, cells: list[Cell]) -> list[Cell]:
    """The runs of the same fault with nothing under way, on the same engine."""
    return [other for other in cells if (other.fault, other.engine) == (one.fault, one.engine) and not other.move]
