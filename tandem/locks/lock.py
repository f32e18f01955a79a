"""One command at a time per stack: a lock around read, move and write.

The engines have locks of their own around their state; this one also covers the stack file and the host.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tandem.exits import BUSY, Stop
from tandem.locks import holder
from tandem.locks.holder import Held, Holder

PAUSE = 0.2
"""Seconds between two tries."""
NAME = "command.lock"


class Patience:
    """How long to wait for another command, all locks together, and where to say for whom."""

    def __init__(self, seconds: float, say: Callable[[str], None]) -> None:
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.say = say
        self.said = False

    def wait(self, by: Holder | None) -> None:
        """Sleeps a little, or raises Stop (busy) naming the holder when the time is over."""
        if time.monotonic() >= self.end:
            raise Stop(_busy(by), BUSY)
        if not self.said:
            self.say(f"{by or 'another tandem'} is at work on this stack: waiting up to {self.seconds:g} s")
            self.said = True
        time.sleep(PAUSE)


@contextmanager
def held(directory: Path, command: str | Holder, patience: Patience, name: str = NAME) -> Iterator[None]:
    """Holds the command lock until the block ends (or the process dies); busy = exit 4 naming the holder."""
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(holder.held(directory / name, command))
                break
            except Held as busy:
                patience.wait(busy.holder)
        yield


def until_free(holders: Callable[[], Sequence[Holder]], patience: Patience) -> None:
    """Returns when nobody holds the engine's own lock; a run whose `tandem` was killed goes on by itself."""
    while found := holders():
        patience.wait(found[0])


def _busy(by: Holder | None) -> str:
    elsewhere = by is not None and not holder.here(by)
    way = "`tandem unlock` shows it, and frees the stack when that machine is gone" if elsewhere else "Wait for it"
    who = f"{by or 'another tandem'} is at work on this stack"
    return f"busy: {who}; nothing was changed. {way}, or try with --wait"
