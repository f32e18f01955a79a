"""One command at a time per stack: a lock around read, move and write.

The engines have locks of their own around their state; this one also covers the stack file and the host.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tandem.exits import BUSY, Stop


@contextmanager
def held(directory: Path, command: str) -> Iterator[None]:
    """Holds `directory/command.lock` until the block ends (or the process dies); busy = exit 4 naming the holder."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "command.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Stop(_busy(file), BUSY) from None
        _sign(file, command)
        try:
            yield
        finally:
            file.truncate(0)


def _sign(file: IO[str], command: str) -> None:
    holder = {
        "command": command,
        "user": _user(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    file.truncate(0)
    file.write(json.dumps(holder) + "\n")
    file.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _busy(file: IO[str]) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        who = "`{command}` by {user}@{host} (pid {pid}) since {since}".format(**holder)
    except (ValueError, KeyError):
        who = "another tandem"
    return f"busy: {who} is at work on this stack; nothing was changed. Wait for it, then try again"
