"""Asks on a fresh connection every 50 ms who serves, and remembers each change: the outage as a newcomer sees it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

INTERVAL = 0.05
STEADY = 0.3
"""Seconds that answers must last to count as back: in a reload old workers answer for a moment beside the new."""


@dataclass
class Prober:
    """`answers`: Unix time at which the answer became another one, and "200 green-…", "503 gateway" or "nobody"."""

    port: int
    answers: list[tuple[float, str]] = field(default_factory=list)
    asked_at: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Runs until `over`."""
        while not self.over.wait(INTERVAL):
            at = time.time()
            said = self._once()
            if not self.answers or self.answers[-1][1] != said:
                self.answers.append((round(at, 3), said))
            self.asked_at = at

    def healthy_after(self, moment: float) -> bool:
        """Whether the newest answer was asked for after `moment`, and a release gave it."""
        return self.asked_at > moment and self.answers[-1][1].startswith("200 ")

    def outage(self, since: float) -> float:
        """Seconds after `since` in which no release answered."""
        ends = [at for at, _ in self.answers[1:]] + [self.asked_at]
        return round(
            sum(
                max(0.0, end - max(at, since))
                for (at, said), end in zip(self.answers, ends, strict=True)
                if not said.startswith("200 ")
            ),
            3,
        )

    def back(self, since: float) -> float:
        """Unix time at which releases answered again, and steadily, after the first answer by none; `since` if all did.

        A 500 is an answer too: a release that was made to fail gives it.
        """
        down, back = False, None
        for at, said in self.answers:
            if at < since - INTERVAL:
                continue
            if not said.startswith(("200 ", "500 ")):
                if back is not None and at - back >= STEADY:
                    break
                down, back = True, None
            elif down and back is None:
                back = at
        return since if back is None else back

    def _once(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/version", headers={"Host": "web.localhost", "Connection": "close"})
            answer = connection.getresponse()
            return f"{answer.status} {answer.headers.get('X-Served-By', '')}"
        except (OSError, http.client.HTTPException):
            return "nobody"
        finally:
            connection.close()


@contextmanager
def probing(port: int) -> Iterator[Prober]:
    """A prober in a thread while the block runs."""
    prober = Prober(port)
    thread = threading.Thread(target=prober.ask, daemon=True)
    thread.start()
    try:
        yield prober
    finally:
        prober.over.set()
        thread.join(10)
