"""One measured move, and the ruler that measures it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests import load
from tests.bench.lookout import Lookout


@dataclass
class Row:
    """One move. Seconds but for ready_ms and flip_ms; None = this move, or this peer, has no such thing."""

    who: str
    """The engine, or the peer."""
    move: str
    seconds: float
    """From the command's start to its end."""
    live_seconds: float | None = None
    """From the command's start until the first fresh answer by another release."""
    verdict_seconds: float | None = None
    """From the command's start until the new release is judged: the command has waited for it, or it is off again."""
    ready_ms: int | None = None
    flip_ms: int | None = None
    cpu_seconds: float | None = None
    """User and system time of the command and of all processes it started and waited for, on this machine."""
    docker_seconds: float | None = None
    """The same of dockerd and its containerd meanwhile, which also serve whoever else uses this Docker."""
    requests: int = 0
    lost: int = 0


@dataclass
class Ruler:
    """Measures commands while the load and the lookout run."""

    who: str
    seen: load.Tally
    watcher: Lookout

    def measure(self, move: str, command: Callable[[], object], *, moves_traffic: bool) -> Row:
        """Runs the command, which raises when it fails."""
        requests, lost = self.seen.requests, self.seen.lost
        used, docker_used = _children(), _docker()
        start = time.monotonic()
        command()
        seconds = time.monotonic() - start
        docker_after = _docker()
        return Row(
            who=self.who,
            move=move,
            seconds=round(seconds, 3),
            live_seconds=self.watcher.first_after(start) if moves_traffic else None,
            cpu_seconds=round(_children() - used, 2),
            docker_seconds=None
            if docker_used is None or docker_after is None
            else round(docker_after - docker_used, 2),
            requests=self.seen.requests - requests,
            lost=self.seen.lost - lost,
        )


def _children() -> float:
    """Processor seconds of all children that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _docker() -> float | None:
    """Processor seconds of dockerd and containerd so far; None where /proc does not say."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() in ("dockerd", "containerd"):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else None
