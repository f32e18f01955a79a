"""Ctrl-C, TERM and HUP during a run: the step at work finishes, no other begins, the file still follows the host."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from tandem.says.progress import Show

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""HUP too: a closed terminal must not leave a stack file that says what never came to be."""


@contextmanager
def gently(show: Show) -> Iterator[None]:
    """Inside, the first INT, TERM or HUP says so and raises KeyboardInterrupt; later ones are ignored until the end."""
    asked = False

    def once(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            show.warn("interrupted: the step at work is finished first, then the stack file follows what is served")
            raise KeyboardInterrupt

    with handled(once):
        yield


@contextmanager
def ends() -> Iterator[None]:
    """Inside, TERM and HUP are a KeyboardInterrupt as Ctrl-C is, so that connections are closed on the way out."""
    with handled(signal.default_int_handler):
        yield


@contextmanager
def deaf() -> Iterator[None]:
    """Inside, no signal interrupts: the stack file is being put right."""
    with handled(signal.SIG_IGN):
        yield


@contextmanager
def handled(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> Iterator[None]:
    """Inside, this is done about SIGNALS; nothing in a thread, which gets none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, restored in former.items():
            signal.signal(number, restored)
