"""Moves of all kinds on a machine behind SSH, under load that nobody repeats: what was sent, and what was lost."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import load
from tests.machine.artefacts import note
from tests.machine.boot import Machine
from tests.ssh.project import ssh_project

TURN: tuple[tuple[str, ...], ...] = (
    ("deploy", "web", "demo:2"),
    ("rollback", "web"),
    ("switch", "web"),
    ("finalize", "web"),
    ("prepare", "web", "demo:3"),
    ("canary", "web", "25"),
    ("canary", "web", "60"),
    ("switch", "web"),
    ("rollback", "web"),
    ("cancel", "web"),
    ("deploy", "web", "demo:1"),
    ("finalize", "web"),
)
"""Twelve moves: they end as they began, with demo:1 live alone."""

CLIENTS = {"clients": 16, "fresh": 4, "think": 0.02}


def run(machine: Machine, engine: str, requests: int, say: Callable[[str], object] = sys.stdout.write) -> load.Tally:
    """Whole turns until so many POSTs were sent."""
    moves, began = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ssh_project(Path(folder), machine, engine=engine) as web:
        web.ok("deploy", "web", "demo:1")
        with load.background(web.port, header="web.localhost", **CLIENTS) as seen:  # type: ignore[arg-type]
            while not moves or seen.requests < requests:
                for move in TURN:
                    web.ok(*move)
                    moves += 1
                say(f"{engine}: {moves} moves, {seen.requests} requests, {seen.lost} lost\n")
    took = time.monotonic() - began
    note(f"moves over SSH, {engine}", took, moves=moves, load=str(seen), busy=os.getloadavg()[0])
    return seen
