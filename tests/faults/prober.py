"""Asks on a fresh connection every 50 ms who serves, and remembers each change: the outage as a newcomer sees it.

Everything is dated by when an answer came, not by when it was asked for: a question that hangs until the gateway is up
again would else be an answer from the middle of the outage.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

INTERVAL = 0.05
PATIENCE = 1.0
"""Seconds an answer may take; a later one counts as none. With INTERVAL this is how exact a figure is."""
STEADY = 0.3
"""Seconds that answers must last to count as back: in a reload old workers answer for a moment beside the new."""


class Run(NamedTuple):
    """The same answer over and over: Unix time of the first and of the last, and what it was."""

    first: float
    last: float
    said: str
    """`200 green-…`, `503 ` (the gateway itself) or `nobody`."""

    @property
    def good(self) -> bool:
        """Whether a release answered."""
        return self.said.startswith("200 ")


@dataclass
class Prober:
    """`answers`: one run after the other."""

    port: int
    answers: list[Run] = field(default_factory=list)
    asked_at: float = 0.0
    """Unix time at which the newest answer was asked for."""
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Runs until `over`."""
        while not self.over.wait(INTERVAL):
            at = time.time()
            said = self._once()
            self.note(round(time.time(), 3), said)
            self.asked_at = at

    def note(self, settled: float, said: str) -> None:
        """An answer that came."""
        if self.answers and self.answers[-1].said == said:
            self.answers[-1] = self.answers[-1]._replace(last=settled)
        else:
            self.answers.append(Run(settled, settled, said))

    def healthy_after(self, moment: float) -> bool:
        """Whether the newest answer was asked for after `moment`, and a release gave it."""
        return self.asked_at > moment and self.answers[-1].good

    def outage(self, since: float) -> float:
        """Seconds after `since` between the last answer of a release and the next one, where others came between."""
        total, last_good, down = 0.0, since, False
        for run in self.answers:
            if not run.good:
                down = down or run.last > since
                continue
            total += run.first - last_good if down else 0.0
            last_good, down = max(run.last, since), False
        if down:
            total += self.answers[-1].last - last_good
        return round(total, 3)

    def back(self, since: float) -> float:
        """Unix time at which releases answered again, and steadily, after the first answer by none; `since` if all did.

        A 500 is an answer too: a release that was made to fail gives it.
        """
        down, back, last_good = False, None, since
        for run in self.answers:
            if run.first < since:
                continue
            if not run.said.startswith(("200 ", "500 ")):
                # By the last answer that came, not by this one: it may have been waited for a whole PATIENCE.
                if back is not None and last_good - back >= STEADY:
                    break
                down, back = True, None
                continue
            last_good = run.last
            if down and back is None:
                back = run.first
        return since if back is None else back

    def _once(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
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
