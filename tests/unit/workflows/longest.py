"""How long the longest deploy of a stack may take that breaks none of the stack file's own limits."""

from __future__ import annotations

from collections.abc import Iterator

from config.apps import App
from config.base import seconds
from config.settings import Settings
from tandem.moves.drains import PATIENCE
from tandem.moves.verdict import MARGIN

MACHINE = 15 * 60
"""An allowance for what no stack file limits: the runner's own set-up, the engine, pulling images."""


def longest_deploy(settings: Settings) -> float:
    """Seconds. Every app new at once and one after the other, each at its limit, on an engine that waits for drains."""
    return MACHINE + sum(sum(_limits(app)) for app in settings.apps.values())


def _limits(app: App) -> Iterator[float]:
    yield seconds(app.health.timeout)
    yield seconds(app.drain_limit) + PATIENCE + seconds(app.stop_grace)
    if app.port is not None:
        yield app.watch.seconds + MARGIN
    for job in (app.before_switch, app.after_switch):
        if job:
            yield seconds(job.timeout)
    for worker in app.workers.values():
        yield seconds(worker.stop_grace) + (seconds(worker.health.timeout) if worker.health else 0)
    for cron in app.cron.values():  # a run of the old release is waited for
        yield seconds(cron.timeout)
