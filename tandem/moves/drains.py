"""Who is still connected to a release that lost its traffic: the host counts, the command only asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config import names
from config.rollout import Rollout
from tandem.docker import Container
from tandem.hosts.truth import Truth
from tandem.stack.session import Session

ASK_LIMIT = 20.0
PAUSE = 0.2
"""Seconds between two looks."""
PATIENCE = 3.0
"""Seconds a command waits for ordinary requests to end. What takes longer is a stream, and drains by itself."""


@dataclass(frozen=True)
class Drain:
    """Connections of one release: `open` to its container, `waiting` clients on old workers of the gateway.

    `until`: when the gateway ends the last of them, milliseconds since 1970; None where it cannot say.
    """

    open: int
    waiting: int
    drained: bool
    until: int | None = None

    @property
    def end(self) -> str:
        """`until` as a time of day, UTC."""
        return (
            "an unknown time"
            if self.until is None
            else f"{datetime.fromtimestamp(self.until / 1000, UTC):%H:%M:%S} UTC"
        )


NOBODY = Drain(0, 0, drained=True)
Busy = Callable[[str, Collection[str]], frozenset[str]]
"""Of an app's releases, those that somebody is still connected to."""


def ask(session: Session, app: str, releases: Iterable[str], truth: Truth) -> dict[str, Drain]:
    """The connections of an app's releases. A host without the script says nothing: the guards then wait for all.

    Nobody is connected to an app without a port, nor to a container that does not run.
    """
    found: dict[str, Drain] = {}
    asked: list[Container] = []
    for release in releases:
        box = truth.container(app, release) if app in truth.ports else None
        if box is not None and box.state == "running":
            asked.append(box)
        else:
            found[release] = NOBODY
    return {**found, **_counted(session, app, asked)} if asked and session.host.has("draining") else found


def busy(session: Session, truth: Truth, patience: float = 0.0) -> Busy:
    """Asks the host when called; with `patience` it asks again until nobody is connected, so many seconds at most."""

    def those(app: str, releases: Collection[str]) -> frozenset[str]:
        end = time.monotonic() + patience
        while True:
            connected = frozenset(
                name for name, drain in ask(session, app, releases, truth).items() if not drain.drained
            )
            if not connected or time.monotonic() >= end:
                return connected
            time.sleep(PAUSE)

    return those


def leftovers(session: Session, app: str, rollout: Rollout, truth: Truth) -> Iterable[str]:
    """A line for people about every release of `rollout` that still drains."""
    found = ask(session, app, [entry.release for entry in rollout.draining], truth)
    for release, drain in found.items():
        if not drain.drained:
            yield f"{app}: {release} {told(drain)}; the next `tandem up` or deploy afterwards removes it"


def told(drain: Drain) -> str:
    """`drains: 3 connections open, until 12:00:00 UTC at the latest`."""
    if drain.drained:
        return "has drained"
    waiting = f", {drain.waiting} waiting" if drain.waiting else ""
    return f"drains: {drain.open} open{waiting}, until {drain.end} at the latest"


def _counted(session: Session, app: str, boxes: Collection[Container]) -> dict[str, Drain]:
    gateway = names.gateway(session.stack.project, session.stack.stack)
    upstreams = "".join(f"upstream {box.release} {box.name} {box.port or 0}\n" for box in boxes)
    asked = session.host.script("draining", app, told=f"gateway {gateway}\n{upstreams}end\n", limit=ASK_LIMIT)
    if asked.returncode != 0:
        why = asked.stderr.strip() or f"exit code {asked.returncode}"
        session.show.warn(f"{app}: the gateway cannot say who is connected, so its old releases stay: {why}")
        return {box.release: Drain(0, 0, drained=False) for box in boxes}
    said: Mapping[str, Any] = json.loads(asked.stdout)
    return {
        release: Drain(int(one["open"]), int(one.get("waiting") or 0), bool(one["drained"]), one.get("until"))
        for release, one in said.items()
    }
