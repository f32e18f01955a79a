"""Containers that ought to run and do not: after a crash of Docker, or a `docker stop` by hand.

An engine compares the program with its state, not with the machine: to it a stopped container is unchanged.
"""

from __future__ import annotations

from tandem.docker import Container
from tandem.session import Session
from tandem.truth import Truth

DOWN = "exited"
"""A container that never ran ("created") is a killed run's, and swept up."""


def revive(session: Session, truth: Truth) -> Truth:
    """Starts them, apps before the gateway, and says so; returns the truth afterwards. Raises DockerError."""
    down = [box for box in truth.containers if box.state == DOWN and ought_to_run(box, truth)]
    for box in sorted(down, key=lambda box: box.role == "gateway"):
        session.docker.start(box.id)
        session.show.warn(f"started {box.name} again: it was {box.state}, but the stack runs it")
    return session.truth() if down else truth


def ought_to_run(box: Container, truth: Truth) -> bool:
    """The gateway, the scheduler of cron jobs, and every release that the gateway knows.

    A refused candidate, stopped and kept, is none of these; nor what drains, whose clients are gone with it; nor a
    worker or a job: they start with the release, or by their own clock.
    """
    routing = truth.routing.get(box.app)
    known = routing is not None and box.release in (routing.live, *routing.releases)
    return box.role in ("gateway", "scheduler") or (box.role == "app" and known)
