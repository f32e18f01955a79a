"""What has happened in a run so far: events to the listener, counts, failures."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Protocol

from tandem.engines import Event, OnEvent, Operation, Step, StepDone, StepFailed, StepStarted
from tandem.engines.offline.secrets import Sealer


class Subject(Protocol):
    """Whatever an event can be about: what the program declares, or what the state records."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def urn(self) -> str: ...  # noqa: D102


class Progress:
    """The account of one run, told as it happens, one event at a time and without secrets.

    `counts` and `done` speak of custom resources only (explicit providers among them): the stack and its components
    have no effect and are left out.
    """

    def __init__(self, on_event: OnEvent, sealer: Sealer) -> None:
        self.counts: Counter[Operation] = Counter()
        self.done: list[StepDone] = []
        self.failures: list[StepFailed] = []
        self.plan: list[Step] = []
        self.halted: BaseException | None = None
        self._on_event = on_event
        self._sealer = sealer
        self._speaking = threading.RLock()

    @property
    def stopped(self) -> bool:
        """Whether nothing new may start: something failed, or somebody wants the run to end."""
        return self.halted is not None or bool(self.failures)

    def halt(self, error: BaseException) -> None:
        """Something that is no failed step (Ctrl-C, a listener that raises) ends the run; see `check_halted`."""
        self.halted = self.halted or error

    def check_halted(self) -> None:
        """Raises what halted the run."""
        if self.halted is not None:
            raise self.halted

    def start(self, operation: Operation, subject: Subject) -> float:
        """An effect begins; gives the moment for `succeed` or `fail`."""
        self.emit(StepStarted(operation, subject.type, subject.name, subject.urn))
        return time.monotonic()

    def succeed(
        self, operation: Operation, subject: Subject, began: float, *, detail: str = "", counted: bool = True
    ) -> None:
        """It ended well."""
        detail = self._sealer.masked(detail)
        step = StepDone(operation, subject.type, subject.name, subject.urn, _since(began), detail)
        with self._speaking:
            if counted:
                self.counts[operation] += 1
            self.done.append(step)
            self._on_event(step)

    def foresee(self, step: Step) -> None:
        """A preview's word on one resource."""
        with self._speaking:
            self.plan.append(step)

    def fail(self, operation: Operation, subject: Subject, began: float, message: str) -> None:
        """It did not: from here on nothing new starts."""
        message = self._sealer.masked(message)
        step = StepFailed(operation, subject.type, subject.name, subject.urn, _since(began), message)
        with self._speaking:
            self.failures.append(step)
            self._on_event(step)

    def emit(self, event: Event) -> None:
        """Tells the listener."""
        with self._speaking:
            self._on_event(event)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
