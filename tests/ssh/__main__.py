"""What a deploy over SSH costs, measured: `python -m tests.ssh [ROUND-TRIP-MS …] [--engine pulumi]`.

Wall time, TCP connections and `ssh` sessions of each command, through a relay that adds the delay; images are there.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.machine.relay import Relay
from tests.ssh.conftest import IMAGES
from tests.ssh.project import SshProject, ssh_project

STORY = (
    ("up",),
    ("deploy", "web", "demo:1"),
    ("deploy", "web", "demo:2"),
    ("rollback", "web"),
    ("switch", "web"),
    ("deploy", "web", "demo:1", "--finalize"),
    ("up",),
    ("status",),
    ("destroy", "--yes"),
)
COUNTING = """#!/bin/sh
case " $* " in *' -O '*) ;; *) echo >>"$COUNTED" ;; esac
exec {ssh} "$@"
"""


@dataclass(frozen=True)
class Cost:
    """Of one command."""

    seconds: float
    connections: int
    sessions: int
    kilobytes: int


def measured(web: SshProject, relay: Relay, command: tuple[str, ...], counting: Path) -> Cost:
    """Runs a command and counts."""
    counted = counting / "counted"
    counted.write_text("")
    before = relay.connections, relay.bytes
    began = time.monotonic()
    ran = web.run(*command, env={"PATH": f"{counting}:{os.environ['PATH']}", "COUNTED": str(counted)})
    seconds = time.monotonic() - began
    assert ran.code == 0, ran.text
    sessions = len(counted.read_text().splitlines())
    return Cost(seconds, relay.connections - before[0], sessions, (relay.bytes - before[1]) // 1000)


def main() -> None:
    """Prints a table per delay."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("delays", nargs="*", type=int, default=[0, 50, 150], help="milliseconds of a round trip")
    wanted.add_argument("--engine", default="offline")
    said = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder, a_machine(Kind()) as machine:
        machine.load(*IMAGES)
        counting = Path(folder) / "bin"
        counting.mkdir()
        (counting / "ssh").write_text(COUNTING.format(ssh=_ssh()))
        (counting / "ssh").chmod(0o755)
        for delay in said.delays:
            with Relay(machine.address, machine.port, delay=delay / 2000) as relay:
                place = Path(folder) / str(delay)
                place.mkdir()
                with ssh_project(place, machine, engine=said.engine, ssh_port=relay.port) as web:
                    for command in STORY:
                        cost = measured(web, relay, command, counting)
                        sys.stdout.write(
                            f"{said.engine} {delay:4} ms  {shlex.join(command):32} {cost.seconds:5.2f} s  "
                            f"{cost.connections} connections  {cost.sessions} sessions  {cost.kilobytes} kB\n"
                        )


def _ssh() -> str:
    found = next(Path(folder) / "ssh" for folder in os.get_exec_path() if (Path(folder) / "ssh").is_file())
    return str(found)


if __name__ == "__main__":
    main()
