"""One run at a time per stack, and one engine per stack."""

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

from tandem.engines import EngineError
from tandem.engines.offline.durable import write_durably

ENGINE = "offline"


@contextmanager
def held(directory: Path, stack: str, what: str) -> Iterator[None]:
    """Holds the stack's `lock` until the block ends or the process dies. Raises EngineError when it is taken.

    The kernel frees the lock with its process, so a dead holder is no obstacle; the text inside is for people only.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineError(_refusal(file, stack)) from None
        _sign(file, what)
        try:
            yield
        finally:
            file.truncate(0)


def _sign(file: IO[str], what: str) -> None:
    holder = {
        "pid": os.getpid(),
        "user": _user(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "what": what,
    }
    file.truncate(0)
    file.write(json.dumps(holder) + "\n")
    file.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refusal(file: IO[str], stack: str) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
        where = f"pid {holder['pid']}, user {holder['user']} on {holder['host']}"
        who = f"since {holder['since']} ({where}: {holder['what']})"
    except (ValueError, KeyError, TypeError):
        who = "at this moment"
    return f"another update of {stack} runs {who}; nothing was changed. Wait for it, then try again"


def check_pin(directory: Path, stack: str) -> None:
    """Refuses a stack that another engine runs: two states over one set of containers delete each other's work."""
    pin = directory / "engine"
    pinned = pin.read_text(encoding="utf-8").strip() if pin.is_file() else ENGINE
    if pinned != ENGINE:
        raise EngineError(
            f"{stack}: this stack is run by the engine {pinned}; use `--engine {pinned}`, "
            f"or destroy the stack with it before another engine takes over"
        )


def set_pin(directory: Path) -> None:
    """Writes the pin, at the first `up`."""
    write_durably(directory / "engine", f"{ENGINE}\n".encode())


def remove_pin(directory: Path) -> None:
    """Frees the stack for any engine: nothing of it is left."""
    (directory / "engine").unlink(missing_ok=True)
