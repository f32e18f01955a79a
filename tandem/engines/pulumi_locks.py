"""The locks of the Pulumi CLI's file backend: one JSON file per holder, with its pid, user, machine and time."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

from tandem.locks import holder
from tandem.locks.holder import Holder

WHAT = "a Pulumi run"


def holders(folder: Path) -> list[Holder]:
    """Who holds the stack whose locks are in `folder`; clears the lock of a CLI that is dead on this machine.

    What another machine's pid means nobody here can tell: that lock counts as held.
    """
    found = []
    for lock, by in _locks(folder):
        if by is not None and (not holder.here(by) or _is_pulumi(by.pid)):
            found.append(by)
        else:
            _remove(lock)
    return found


def clear(folder: Path) -> None:
    """Removes every lock."""
    for lock, _ in list(_locks(folder)):
        _remove(lock)


def _locks(folder: Path) -> Iterator[tuple[Path, Holder | None]]:
    for lock in sorted(folder.glob("*.json")):
        yield lock, _read(lock)


def _read(lock: Path) -> Holder | None:
    """The holder a lock file names; None where a kill left less than that, or it is gone by now."""
    try:
        said = json.loads(lock.read_text(encoding="utf-8"))
        return Holder(
            WHAT,
            str(said.get("username") or "?"),
            str(said.get("hostname") or socket.gethostname()),
            int(said["pid"]),
            str(said.get("timestamp") or "?"),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _remove(lock: Path) -> None:
    lock.unlink(missing_ok=True)
    lock.with_name(lock.name + ".attrs").unlink(missing_ok=True)


def _is_pulumi(pid: int) -> bool:
    """Whether that process is (still) a Pulumi CLI; another program may have got the number since."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return False
    return "pulumi" in {Path(word).name for word in words[:2]}
