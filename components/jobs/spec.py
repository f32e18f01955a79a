"""What the scripts of `jobs` are told on stdin: `key value` lines and a last line `end`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from config.base import seconds
from config.health import ExecHealth, LogHealth
from config.jobs import Cron, Job

MARGIN = 60
"""Seconds a script may take beyond the time of what it waits for: a start, a stop, reading a log."""


def job(name: str, section: Job, *, release: str, image: str, container: str, grace: int) -> str:
    """One run to its end, once per release; `name` is the key in the stack file."""
    return _lines(
        [("job", name), ("release", release), ("image", image), ("container", container)],
        [("timeout", str(seconds(section.timeout))), ("grace", str(grace))],
    )


def idle(section: Job | Cron, *, container: str, grace: int) -> str:
    """The guard before the removal of a container that runs now and then."""
    return _lines([("container", container), ("timeout", str(seconds(section.timeout))), ("grace", str(grace))])


def ready(health: ExecHealth | LogHealth, *, container: str) -> str:
    """The proof that a worker is well."""
    match health:
        case ExecHealth(command=command):
            how = [("health", "exec"), *(("arg", argument) for argument in command)]
        case LogHealth(pattern=pattern):
            how = [("health", "log"), ("pattern", pattern)]
        case _:
            assert_never(health)
    return _lines(
        [("container", container)], how, [("passes", str(health.passes)), ("timeout", str(seconds(health.timeout)))]
    )


def cron(sections: Mapping[str, Cron], containers: Mapping[str, str]) -> str:
    """What the scheduler shall run for one app; `containers` has each cron job's."""
    return _lines(
        [
            ("cron", "\t".join([name, one.schedule, one.timezone, str(seconds(one.timeout)), containers[name]]))
            for name, one in sorted(sections.items())
        ]
    )


def job_limit(section: Job | Cron, grace: int) -> int:
    """Seconds after which a script that waits for a run is ended from outside."""
    return seconds(section.timeout) + grace + MARGIN


def ready_limit(health: ExecHealth | LogHealth) -> int:
    """Seconds after which waiting for a worker is ended from outside."""
    return seconds(health.timeout) + MARGIN


def _lines(*parts: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{key} {value}\n" for part in parts for key, value in part) + "end\n"
