"""The steps that the scripts announce, and a listener that lets a fault strike while a script waits at one of them.

A script that finds the fifo `state/steps` writes "APP STEP" to it and waits for a line on `state/steps.go`: so a fault
strikes exactly there, and not a millisecond later.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SWITCH = (
    *("locked", "checked"),
    *("begun", "known", "known-live", "ready", "watch-open", "weights", "tested", "reloaded", "proved", "committed"),
)
"""Of the switch: the host's half, then the gateway's, in their order."""

GUARD = ("guard", "drained")
"""Before a container is deleted."""

WATCH = ("flip-back",)
"""Of the watch, when a release fails."""

STEPS = (*SWITCH, *GUARD, *WATCH)

SERVING = frozenset(SWITCH[SWITCH.index("ready") :]) | frozenset((*GUARD, *WATCH))
"""Steps at which the new release has the traffic, or gets it before anybody can know that it has died since."""


STRIKE_LIMIT = 30.0
"""Seconds that a fault may take to strike."""


class Steps:
    """Answers every announcement at once, but for the armed step: there the fault strikes first."""

    def __init__(self, state: Path) -> None:
        self.seen: list[tuple[float, str]] = []
        """Unix time and name of every step announced since `arm`."""
        self.struck = threading.Event()
        self.struck_at = 0.0
        self.trouble: Exception | None = None
        self._step: str | None = None
        self._strike: Callable[[], None] = lambda: None
        self._fifos = (state / "steps", state / "steps.go")
        self._over = threading.Event()
        state.mkdir(parents=True, exist_ok=True)
        for fifo in self._fifos:
            fifo.unlink(missing_ok=True)
            os.mkfifo(fifo, 0o666)
        # Both ends: nobody of the scripts ever waits for us to open, and we never see an end of file.
        self._said, self._go = (os.open(fifo, os.O_RDWR) for fifo in self._fifos)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def arm(self, step: str | None, strike: Callable[[], None] = lambda: None) -> None:
        """From now on `strike` is called once, when `step` is announced; None only looks on."""
        self.seen.clear()
        self.struck.clear()
        self.trouble = None
        self._strike = strike
        self._step = step

    def has_struck(self) -> bool:
        """Whether the armed step was announced; what strikes there may kill whoever asks sooner than it has ended."""
        return self._step is None and self.struck.wait(STRIKE_LIMIT)

    def strike_now(self) -> None:
        """The fault without a step: nothing is under way."""
        self._hit()

    def close(self) -> None:
        """Let go of whoever waits, and take the fifos away."""
        self._over.set()
        self._thread.join(10)
        for fifo, opened in zip(self._fifos, (self._said, self._go), strict=True):
            fifo.unlink(missing_ok=True)
            os.close(opened)

    def _listen(self) -> None:
        rest = b""
        while not self._over.is_set():
            if not select.select([self._said], [], [], 0.05)[0]:
                continue
            *lines, rest = (rest + os.read(self._said, 4096)).split(b"\n")
            for line in lines:
                self._announced(line.decode().rpartition(" ")[2])

    def _announced(self, step: str) -> None:
        self.seen.append((round(time.time(), 3), step))
        if step == self._step:
            self._step = None
            self._hit()
        os.write(self._go, b"go\n")

    def _hit(self) -> None:
        self.struck_at = time.time()
        try:
            self._strike()
        except Exception as error:  # noqa: BLE001  (it belongs to the cell, not to this thread)
            self.trouble = error
        self.struck.set()


@contextmanager
def announced(state: Path) -> Iterator[Steps]:
    """The listener while the block runs; `state` is HOSTDIR/gateway/state."""
    steps = Steps(state)
    try:
        yield steps
    finally:
        with suppress(OSError):
            steps.close()
