"""Asks on fresh connections who serves: from a command's start to the first answer by another release."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

INTERVAL = 0.005


@dataclass
class Lookout:
    """`changes`: monotonic time at which another release was first seen, and its name."""

    port: int
    interval: float = INTERVAL
    changes: list[tuple[float, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Runs until `stop`."""
        while not self.stop.wait(self.interval):
            served = self._ask()
            if served and (not self.changes or self.changes[-1][1] != served):
                self.changes.append((time.monotonic(), served))

    def first_after(self, start: float) -> float | None:
        """Seconds from `start` to the first change after it."""
        return next((round(at - start, 3) for at, _ in self.changes if at > start), None)

    def last_after(self, start: float) -> float | None:
        """Seconds from `start` to the last change after it."""
        return next((round(at - start, 3) for at, _ in reversed(self.changes) if at > start), None)

    def _ask(self) -> str | None:
        """The release that answered, by the gateway's word, else by the app's own; None when none did."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/version", headers={"Host": "web.localhost", "Connection": "close"})
            headers = connection.getresponse().headers
            served: str | None = headers.get("X-Served-By") or headers.get("X-Release")
            return None if served == "gateway" else served
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


@contextmanager
def lookout(port: int, interval: float = INTERVAL) -> Iterator[Lookout]:
    """A lookout in a thread while the block runs; it has seen somebody before the block begins."""
    watcher = Lookout(port, interval)
    thread = threading.Thread(target=watcher.watch, daemon=True)
    thread.start()
    limit = time.monotonic() + 30
    while not watcher.changes:
        assert time.monotonic() < limit, f"nobody answers on port {port}"
        time.sleep(0.01)
    try:
        yield watcher
    finally:
        watcher.stop.set()
        thread.join(10)
