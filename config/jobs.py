"""What runs beside an app, in its image and with its environment and secrets: jobs around the switch, workers, cron.

None of it gets traffic. Workers and cron follow the live release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from config.base import Duration, EnvName, Model, Value
from config.forms import Mistake, Whole
from config.health import PortlessHealth
from config.schedule import Schedule, TimeZone


class Process(Model):
    """One more process in the app's image: same environment, secrets, user, network, volumes and limits."""

    command: tuple[Value, ...] = Field(min_length=1, examples=[["python", "manage.py", "migrate"]])
    """Program and arguments; no shell. They replace the image's own command, as the app's `command` does."""
    entrypoint: tuple[Value, ...] = ()
    """Replaces the image's entry point, for an image whose own one would swallow the command."""
    env: dict[EnvName, Value] = Field(default={})
    """Environment besides the app's; wins where both name a variable."""
    memory: Annotated[int, Whole(16, 1_048_576, 256, of="MiB")] | None = None
    """MiB; absent = as much as the app."""


class Job(Process):
    """Runs to its end once per release; an exit code other than 0 fails the update."""

    timeout: Duration = "5m0s"
    """How long it may run; then it is killed and has failed."""


class Worker(Process):
    """Runs as long as its release is live, without a port."""

    stop_grace: Duration = "10s"
    """Between TERM and KILL: how long it may finish what it has in hand."""
    swap: Literal["start_first", "stop_first"] = "start_first"
    """stop_first: never two at once, for a worker that must be alone."""
    health: PortlessHealth | None = None
    """How one knows that it is ready; absent = it need only start."""


class Cron(Process):
    """Runs whenever its time comes, in the live release's image, never twice at once."""

    schedule: Schedule
    """Minute, hour, day of the month, month, day of the week; both days given = either."""
    timezone: TimeZone = "UTC"
    """Whose clock the schedule means."""
    timeout: Duration = "1h0m0s"
    """How long one run may take; then it is stopped."""


def mistakes(
    secrets: tuple[str, ...],
    *,
    before_switch: Job | None,
    after_switch: Job | None,
    workers: Mapping[str, Worker],
    cron: Mapping[str, Cron],
) -> Iterator[Mistake]:
    """What an app's jobs say that does not go with the app itself: a secret that is written out beside it."""
    named: dict[str, Process | None] = {"before_switch": before_switch, "after_switch": after_switch}
    named |= {f"workers.{name}": worker for name, worker in workers.items()}
    named |= {f"cron.{name}": job for name, job in cron.items()}
    for path, process in named.items():
        for variable in process.env if process else ():
            if variable in secrets:
                yield Mistake(f"{path}.env.{variable}", "is a secret of the app: remove it here, for example env: {}")
