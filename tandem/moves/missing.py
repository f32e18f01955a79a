"""Containers that Docker has no more although the stack runs them: removed by hand (`docker rm`), or lost.

An engine that believes its state takes them for unchanged and makes nothing. Where one is missed, the run that follows
looks first at what is really there, and makes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from config import names
from config.rollout import COLOURS
from config.settings import Settings
from tandem.hosts.truth import Truth
from tandem.stack.session import Session


def look(session: Session, truth: Truth) -> None:
    """Says what is missing, and has the engine look for itself."""
    gone = list(missing(session.settings, truth, names.gateway(session.stack.project, session.stack.stack)))
    for name in gone:
        session.show.warn(f"{name} is gone from Docker although the stack runs it: it is made anew")
    if gone:
        session.engine.fresh = True


def missing(settings: Settings, truth: Truth, gateway: str) -> Iterator[str]:
    """The gateway, every release that it routes to or keeps warm, and what serves without a port. Pure."""
    for app in settings.apps:
        there = {box.release for box in truth.of_app(app)}
        for release in dict.fromkeys([truth.route(app).live, *truth.route(app).releases]):
            if release and release not in there:
                yield f"{app}-{release}"
        rollout = settings.rollout(app)
        if app in truth.routing and app not in truth.ports:
            for colour in COLOURS:
                if rollout.slot(colour) and truth.on(app, colour, rollout) is None:
                    yield f"{app} on {colour}"
    if truth.containers and truth.routing and not any(box.role == "gateway" for box in truth.containers):
        yield gateway
