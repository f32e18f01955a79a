"""One command at a time per stack: a lock around read, move and write.

The engines have locks of their own around their state; this one also covers the stack file and the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tandem import holder
from tandem.exits import BUSY, Stop
from tandem.holder import Held


@contextmanager
def held(directory: Path, command: str) -> Iterator[None]:
    """Holds `directory/command.lock` until the block ends (or the process dies); busy = exit 4 naming the holder."""
    try:
        with holder.held(directory / "command.lock", command):
            yield
    except Held as busy:
        raise Stop(_busy(busy), BUSY) from None


def _busy(busy: Held) -> str:
    by = busy.holder
    who = f"`{by.what}` by {by.user}@{by.host} (pid {by.pid}) since {by.since}" if by else "another tandem"
    return f"busy: {who} is at work on this stack; nothing was changed. Wait for it, then try again"
