"""What the operating system refused about a file, in words for people: which file, why, what to do about it."""

from __future__ import annotations

import errno
import getpass
import os


def told(error: OSError) -> str:
    """`FILE: why`, and where it is known a second line with the way out."""
    where = os.fspath(error.filename) if isinstance(error.filename, str | bytes | os.PathLike) else None
    name = where.decode(errors="replace") if isinstance(where, bytes) else where
    why = (error.strerror or str(error) or type(error).__name__).lower()
    said = f"{name}: {why}" if name else why
    way = _way_out(error, name)
    return f"{said}\n{way}" if way else said


def _way_out(error: OSError, name: str | None) -> str | None:
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"{_user()} may not touch it: run this as its owner, or let the owner `chown` what is there"
        case errno.EROFS:
            return "Its disk is mounted read-only; tandem writes the stack file and .tandem/ of the checkout"
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full: `df -h {name or '.'}` shows it; free some, then run this again"
        case errno.EMFILE | errno.ENFILE:
            return "Too many files are open: `ulimit -n` shows the limit"
        case _:
            return None


def _user() -> str:
    try:
        return f"The user {getpass.getuser()}"
    except (KeyError, OSError):  # no entry in the user database
        return f"The user {os.getuid()}"
