"""Lines for whoever waits: what is being done, for how long already. Works without a terminal."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable

EVERY = 5.0
"""Seconds between two lines about the same thing."""


class Progress:
    """Says what happens, each line with the seconds since the start."""

    def __init__(self, write: Callable[[str], object] = sys.stdout.write) -> None:
        self._write = write
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """One line."""
        self._write(f"images {time.monotonic() - self._started:5.1f} s  {text}\n")
        sys.stdout.flush()

    def follow(self, what: str, lines: Iterable[str]) -> list[str]:
        """Pass a long output on, thinned to a line every few seconds; returns its last 15 lines."""
        last: deque[str] = deque(maxlen=15)
        due = time.monotonic() + EVERY
        for raw in lines:
            line = raw.strip()
            if not line:
                continue
            last.append(line)
            if time.monotonic() >= due:
                self.say(f"{what}: {line[:100]}")
                due = time.monotonic() + EVERY
        return list(last)
