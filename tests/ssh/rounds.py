"""What distance costs: `python -m tests.ssh.rounds` moves an app on a machine behind a relay that adds round-trip time.

Nothing is asserted about time. Load goes past the relay; connections are the relay's count, sessions what sshd logs,
each a command or a forwarded request. Rows are kept in `artefacts/ssh-rounds.json`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from config.names import ROOT
from tests import load
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.machine.relay import Relay
from tests.ssh.project import SshProject, ssh_project

IMAGES = ("demo:1", "demo:2", "demo:3", "tandem-gateway:local")
ROUND_TRIPS = (0, 50, 150)
"""Milliseconds."""
TALKATIVE = "echo 'LogLevel DEBUG1' >/etc/ssh/sshd_config.d/90-rounds.conf && systemctl reload ssh"
SESSIONS = "journalctl -u ssh --no-pager -o cat | grep -cE 'Starting session|direct-streamlocal' || true"


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.ssh.rounds", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=("offline", "pulumi"), action="append")
    chosen = parser.parse_args()
    engines = chosen.engine or ["offline", *(["pulumi"] if shutil.which("pulumi") else [])]
    rows = []
    with a_machine(Kind()) as machine:
        machine.load(*IMAGES)
        machine.sh(TALKATIVE)
        for engine in engines:
            for milliseconds in ROUND_TRIPS:
                rows += measured(machine, engine, milliseconds, chosen.rounds)
    kept = ROOT / "artefacts" / "ssh-rounds.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def measured(machine: Machine, engine: str, milliseconds: int, rounds: int) -> list[dict[str, object]]:
    """Medians of every move at one distance."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Relay(machine.address, machine.port, delay=milliseconds / 2000) as relay,
        ssh_project(Path(folder), machine, engine=engine, ssh_port=relay.port) as web,
    ):
        web.ok("deploy", "web", "demo:1")
        seen: dict[str, list[tuple[float, int, int]]] = {}
        with load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.05) as tally:
            for number in range(rounds):
                for move in (
                    ["up"],
                    ["deploy", "web", f"demo:{2 + number % 2}"],
                    ["rollback", "web"],
                    ["cancel", "web"],
                ):
                    seen.setdefault(move[0], []).append(one(web, machine, relay, move))
        web.ok("destroy", "--yes")
    rows: list[dict[str, object]] = []
    for name, found in seen.items():
        seconds, connections, sessions = (statistics.median(column) for column in zip(*found, strict=True))
        row = {"engine": engine, "rtt_ms": milliseconds, "move": name, "seconds": round(seconds, 2)}
        rows.append(
            row | {"connections": connections, "sessions": sessions, "lost": tally.lost, "requests": tally.requests}
        )
        print(json.dumps(rows[-1]), flush=True)  # noqa: T201
    return rows


def one(web: SshProject, machine: Machine, relay: Relay, move: list[str]) -> tuple[float, int, int]:
    """Seconds, connections and sessions of one move, which starts without an open connection."""
    web.link.close()
    connections, sessions = relay.connections, int(machine.sh(SESSIONS))
    start = time.monotonic()
    web.ok(*move)
    seconds = time.monotonic() - start
    return seconds, relay.connections - connections, int(machine.sh(SESSIONS)) - sessions


if __name__ == "__main__":
    raise SystemExit(main())
