"""The order in which a stack goes down and comes up: who takes requests first down and last up, data the other way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from tandem.docker import Container
from tandem.hosts.truth import Truth

GATEWAY = "gateway"
"""The part that is no app; no app can be called that."""
DOWN = "exited"
"""A container that never ran ("created") is a killed run's, and swept up."""
UP = ("running", "restarting", "paused")

_DESCENT: Sequence[Sequence[str]] = (("gateway",), ("scheduler",), ("cron", "job", "worker"), ("app",))


def descending(boxes: Iterable[Container]) -> list[list[Container]]:
    """What goes down together, the first first: gateway, scheduler, what runs beside releases, releases, all else."""
    known = {role for roles in _DESCENT for role in roles}
    every = list(boxes)
    groups = [[box for box in every if box.role in roles] for roles in _DESCENT]
    return [group for group in [*groups, [box for box in every if box.role not in known]] if group]


def ascending(boxes: Iterable[Container]) -> list[list[Container]]:
    """The way back."""
    return descending(boxes)[::-1]


def parts_of(truth: Truth) -> list[str]:
    """Every part that can be stopped by itself: the apps that have containers, then the gateway where there is one."""
    apps = {box.app for box in truth.containers if box.app}
    gateway = [GATEWAY] if any(box.role == GATEWAY for box in truth.containers) else []
    return [*sorted(apps), *gateway]


def belonging(truth: Truth, parts: Collection[str] | None) -> list[Container]:
    """The containers of these parts; None = of the whole stack."""
    if parts is None:
        return list(truth.containers)
    return [box for box in truth.containers if (GATEWAY if box.role == GATEWAY else box.app) in parts]


def ought_to_run(box: Container, truth: Truth) -> bool:
    """The gateway, the scheduler of cron jobs, data, every release that the gateway knows, workers of a stopped app.

    A refused candidate, stopped and kept, is none of these; nor what drains, whose clients are gone with it; nor a job
    or a worker otherwise: they start with the release, or by their own clock.
    """
    route = truth.route(box.app)
    if box.role == "app":
        return box.release in (route.live, *route.releases)
    if box.role == "worker":
        return route.stopped is not None
    return box.role not in ("job", "cron")
