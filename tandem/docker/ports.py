"""Ports of this machine: whether one can listen there, and who does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LISTENING = "0A"


def refused(bind: str, port: int) -> OSError | None:
    """Why this process could not listen there; None when it could."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As Docker's own proxy does: connections that only linger in TIME_WAIT are no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            return error
    return None


def owner(port: int) -> str | None:
    """`nginx (pid 812)`: the process that listens on the port, as far as this user may see it."""
    sockets = {f"socket:[{inode}]" for inode in listening(port)}
    for process in Path("/proc").glob("[0-9]*"):
        if sockets & set(open_files(process)):
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def open_files(process: Path) -> Iterator[str]:
    """What the descriptors of a process lead to; nothing for a process that is gone or another user's."""
    try:
        for link in (process / "fd").iterdir():
            with suppress(FileNotFoundError):  # closed since it was listed
                yield str(link.readlink())
    except OSError:
        return


def listening(port: int) -> Iterator[str]:
    """Inodes of the sockets that listen on the port."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
