"""A lock file that says who holds it.

The kernel frees the lock with its process, so a dead holder is no obstacle; the text inside is for people only.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from tandem.stack.author import Author, line

NOBODY = Author()
LONGEST = 200
"""Characters of what a command does: the names of sixty apps are more than a lock need say."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: what it does, where and since when it runs; and, where known, for whom and from which commit.

    On the stack's host this is also what the switch writes beside its receipt, see `tandem.stack.author`.
    """

    what: str
    user: str
    host: str
    pid: int
    since: str
    by: str = ""
    commit: str = ""
    run: str = ""

    def __str__(self) -> str:
        return f"`{self.what}` by {self.user}@{self.host} (pid {self.pid}) since {self.since}"


class Held(Exception):  # noqa: N818  (it is an answer, not a fault)
    """The lock is taken; `holder` is None where its file does not say by whom."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__()
        self.holder = holder


@contextmanager
def held(path: Path, what: str | Holder) -> Iterator[None]:
    """Holds the lock `path` until the block ends or the process dies. Raises Held when another has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(_read(file)) from None
        _sign(file, what)
        try:
            yield
        finally:
            file.truncate(0)


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock `path`; None when nobody does."""
    if not path.is_file():
        return None
    try:
        with held(path, "looks who holds the lock"):
            return None
    except Held as busy:
        return busy.holder or Holder("another command", "?", socket.gethostname(), 0, "?")


def here(one: Holder) -> bool:
    """Whether the holder runs on this machine."""
    return one.host == socket.gethostname()


def me(what: str, author: Author = NOBODY) -> Holder:
    """This process, as others shall know it."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    user, host = _user(), socket.gethostname()
    by = author.by or f"{user}@{host}"
    return Holder(line(what, LONGEST), user, host, os.getpid(), since, by, author.commit, author.run)


def _sign(file: IO[str], what: str | Holder) -> None:
    file.truncate(0)
    file.write(json.dumps(asdict(what if isinstance(what, Holder) else me(what))) + "\n")
    file.flush()


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    try:
        return Holder(**json.loads(file.read()))
    except (ValueError, TypeError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
