"""Ctrl-C while the command still loads what it works with: nothing has begun, so one line is all there is to say."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130
"""`exits.INTERRUPTED`, without the import."""


def begin() -> None:
    """From now on until `over`, Ctrl-C ends this process at once; not where it is ignored, as behind `nohup`."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def over() -> None:
    """Ctrl-C raises KeyboardInterrupt again: whoever works now knows what to leave in order."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    # No exception: inside an import it would come out as another one, with the whole way there above it.
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"error: interrupted; nothing was changed\n")
    os._exit(INTERRUPTED)
