"""Stopping the machine: the permission for it, how long it holds, and waiting until the machine is back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from config import names
from tandem.engines import OnEvent, Result
from tandem.exits import Stop, environment
from tandem.stack.session import Session

PATIENCE = 300.0
"""Seconds that a machine may take to come back."""
PAUSE = 2.0
"""Seconds between two tries."""


@contextmanager
def permitted(allow: bool) -> Iterator[None]:
    """Inside, the program may let the machine be stopped; afterwards the environment is as it was."""
    if not allow:
        yield
        return
    with _said("1"):
        yield


def runner(session: Session) -> Callable[[OnEvent], Result]:
    """`up` of the session's engine; where the machine may be stopped, with a second run that takes that back.

    The permission is a property of the instance and would stay in the state, as a difference to the next plain `up`.
    """
    if not names.may_stop():
        return session.engine.up

    from tandem.cloud import effects, gate

    def twice(on_event: OnEvent) -> Result:
        first = session.engine.up(on_event)
        if not any(step.type == effects.INSTANCE and step.operation != "same" for step in first.plan):
            return first
        if any(verdict.danger == "stop" for verdict in gate.judge(first.plan)):
            session.show.say("the machine was stopped and started; waiting until it answers")
            _wait(session)
        session.show.say("taking the permission to stop the machine back")
        with _said("0"):
            second = session.engine.up(on_event)
        return Result(first.counts, second.outputs, first.seconds + second.seconds, first.steps, first.plan)

    return twice


def _wait(session: Session) -> None:
    if session.link is None:
        return
    end = time.monotonic() + PATIENCE
    while True:
        try:
            session.link.open()
            return
        except Stop as silent:
            if time.monotonic() > end:
                raise environment(f"the machine is not back after {PATIENCE:g} s: {silent}") from None
            time.sleep(PAUSE)


@contextmanager
def _said(word: str) -> Iterator[None]:
    before = os.environ.get(names.ENV_ALLOW_DOWNTIME)
    os.environ[names.ENV_ALLOW_DOWNTIME] = word
    try:
        yield
    finally:
        if before is None:
            del os.environ[names.ENV_ALLOW_DOWNTIME]
        else:
            os.environ[names.ENV_ALLOW_DOWNTIME] = before
