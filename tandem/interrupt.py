"""Ctrl-C and TERM during a run: the step at work finishes, no other begins, and the file still follows the host."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tandem.progress import Show


@contextmanager
def gently(show: Show) -> Iterator[None]:
    """Inside, the first INT or TERM says so and raises KeyboardInterrupt; later ones are ignored until the end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def once(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            show.warn("interrupted: the step at work is finished first, then the stack file follows what is served")
            raise KeyboardInterrupt

    former = {number: signal.signal(number, once) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
