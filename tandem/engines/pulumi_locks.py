"""The locks of the Pulumi CLI's file backend: one JSON file per holder, with its pid, user, machine and time.

A CLI takes a second until it has written its own. One whose `tandem` was killed in that second is known by its process.
"""

from __future__ import annotations

import json
import pwd
import socket
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tandem.locks import holder
from tandem.locks.holder import Holder

WHAT = "a Pulumi run"
CHANGES = frozenset({"up", "destroy", "refresh"})
"""What a CLI does that holds the stack."""


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


def starting(backend: str, known: Collection[int]) -> list[Holder]:
    """The CLIs of this machine that are about to change something at `backend` (a URL) and have no lock yet.

    `known`: pids of those that have.
    """
    setting = f"PULUMI_BACKEND_URL={backend}"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = _words(process / "cmdline")
            if (
                Path(words[0]).name == "pulumi"
                and CHANGES & set(words[1:2])
                and int(process.name) not in known
                and setting in _words(process / "environ")
            ):
                found.append(_unlocked(process))
        except (OSError, KeyError):  # it has ended meanwhile, or is somebody else's
            continue
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


def _unlocked(process: Path) -> Holder:
    said = process.stat()
    since = datetime.fromtimestamp(said.st_mtime, UTC).isoformat(timespec="seconds")
    return Holder(WHAT, pwd.getpwuid(said.st_uid).pw_name, socket.gethostname(), int(process.name), since)


def _words(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").split("\0")


def _is_pulumi(pid: int) -> bool:
    """Whether that process is (still) a Pulumi CLI; another program may have got the number since."""
    try:
        words = _words(Path(f"/proc/{pid}/cmdline"))
    except OSError:
        return False
    return "pulumi" in {Path(word).name for word in words[:2]}
