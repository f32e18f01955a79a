"""Processes and their families, killed as a crash would: without a word, and with nobody to clean up."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def family(leader: int) -> list[int]:
    """The process and all below it, whichever sessions they made for themselves; the leader first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found = [leader]
    for member in found:
        found += children.get(member, [])
    return found


def named(name: str, among: list[int]) -> list[int]:
    """Those whose program is called `name`."""
    return [pid for pid in among if command_name(pid) == name]


def command_name(pid: int) -> str:
    """The kernel's name of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def kill(*pids: int) -> None:
    """SIGKILL, to whoever is still there."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
