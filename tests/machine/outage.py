"""How long nobody answers, as a newcomer sees it: fresh connections, each answer dated when it came.

Not `tests.faults.prober`, which dates a change by when it asked: a machine that is off lets a request hang in the outer
Docker's proxy until it is up again, and such an answer would be dated before the machine had even begun to boot.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

INTERVAL = 0.02
PATIENCE = 0.5
"""Seconds an answer may take; a later one counts as none. With INTERVAL this is how exact a figure is."""
STEADY = 10
"""Good answers in a row that make an end of an outage."""


@dataclass(frozen=True)
class Asked:
    """One request: when it was sent and settled (`time.monotonic`), and whether a release answered 200."""

    sent: float
    settled: float
    good: bool


@dataclass
class Lookout:
    """Asks one after the other until `over`."""

    port: int
    header: str
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Runs until `over`."""
        while not self.over.wait(INTERVAL):
            sent = time.monotonic()
            good = self._once()
            self.asked.append(Asked(sent, time.monotonic(), good))

    def outage(self, since: float) -> Outage | None:
        """The outage after `since`; None while it has not begun, or is not over."""
        return outage(list(self.asked), since)

    def _once(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/version", headers={"Host": self.header, "Connection": "close"})
            answer = connection.getresponse()
            return answer.status == 200 and bool(answer.headers.get("X-Served-By"))
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class Outage:
    """Seconds after some moment: of the last good answer before, and of the first good one after which all were."""

    last: float
    first: float

    @property
    def seconds(self) -> float:
        """How long nobody answered."""
        return self.first - self.last


def outage(asked: list[Asked], since: float) -> Outage | None:
    """The first outage among these requests that ended after `since`. Pure."""
    after = [one for one in asked if one.settled > since]
    bad = next((number for number, one in enumerate(after) if not one.good), None)
    if bad is None:
        return None
    last = after[bad - 1].settled if bad else since
    run = 0
    for number, one in enumerate(after[bad:], bad):
        run = run + 1 if one.good else 0
        if run == STEADY:
            return Outage(last - since, after[number - STEADY + 1].settled - since)
    return None


@contextmanager
def watching(port: int, header: str) -> Iterator[Lookout]:
    """A lookout in a thread while the block runs."""
    lookout = Lookout(port, header)
    thread = threading.Thread(target=lookout.look, daemon=True)
    thread.start()
    try:
        yield lookout
    finally:
        lookout.over.set()
        thread.join(10)
