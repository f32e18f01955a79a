"""Containers that ought to run and do not: after a crash of Docker, a `docker stop` by hand, or a `tandem stop`.

An engine compares the program with its state, not with the machine: to it a stopped container is unchanged.
"""

from __future__ import annotations

from collections.abc import Collection

from tandem.hosts.truth import Truth
from tandem.lifecycle import by_hand, order
from tandem.stack.session import Session


def revive(session: Session, truth: Truth, apps: Collection[str] | None = None) -> Truth:
    """Says what is down, then starts it in order, the gateway last; returns the truth afterwards. Raises DockerError.

    `apps`: those that the command is about, None = all. Another app that was stopped by `tandem stop` stays so.
    """
    stopped = {app: route.stopped for app, route in truth.routing.items() if route.stopped}
    left = frozenset() if apps is None else stopped.keys() - set(apps)
    down = [
        box
        for box in truth.containers
        if box.state == order.DOWN and box.app not in left and order.ought_to_run(box, truth)
    ]
    marked = [app for app in stopped if app not in left]
    if not down and not marked:
        return truth
    for app in marked:
        session.show.warn(f"{app} was stopped by {stopped[app].by} at {stopped[app].at}: it is started again now")
    for box in down:
        if box.app not in marked:
            session.show.warn(f"{box.name} is started again now: it was {box.state}, but the stack runs it")
    roles = {box.role for box in down}
    parts = [*marked, *(f"_{role}" for role in ("gateway", "scheduler") if role in roles)]
    for complaint in by_hand.wake(session, "start", down, truth, parts):
        session.show.warn(complaint)
    return session.truth()
