"""What the host scripts are told on stdin: `key value` lines and a last line `end`, without which they do nothing.

Pure. The scripts refuse a key they do not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from config.apps import App
from config.base import seconds
from config.health import ExecHealth, HttpHealth, LogHealth

SWITCH_MARGIN = 30
"""Seconds a switch may take beyond its candidates' own limits: locks, two reloads, two proofs."""


def switch(
    app: App, *, gateway: str | None, live: str | None, containers: Sequence[tuple[str, str, int]], default_host: str
) -> str:
    """The spec of one app's switch.

    `containers` are (release, container name, port) of every release that exists, live first. Without `live` the app
    is closed: its gateway page says 503.
    """
    return _lines(
        [("gateway", gateway)] if gateway else [],
        [("release", live)] if live else [],
        [("upstream", f"{release} {container} {port}") for release, container, port in containers],
        _health(app, default_host),
        [("passes", str(app.health.passes)), ("timeout", str(seconds(app.health.timeout)))],
    )


def guard(app: App, *, gateway: str, release: str, container: str, port: int) -> str:
    """The spec of the guard that stands before one container's removal."""
    return _lines(
        [
            ("gateway", gateway),
            ("release", release),
            ("container", container),
            ("port", str(port)),
            ("limit", str(seconds(app.drain_limit))),
        ]
    )


def switch_limit(app: App) -> int:
    """Seconds after which a switch is ended from outside, whatever it is doing: both colours may be candidates."""
    return 2 * seconds(app.health.timeout) + SWITCH_MARGIN


def guard_limit(app: App) -> int:
    """Seconds after which a guard is ended from outside."""
    return seconds(app.drain_limit) + SWITCH_MARGIN


def _health(app: App, default_host: str) -> list[tuple[str, str]]:
    match app.health:
        case HttpHealth(path=path, host=host):
            return [("health", "http"), ("path", path), ("host", host or default_host)]
        case ExecHealth(command=command):
            return [("health", "exec"), *(("arg", argument) for argument in command)]
        case LogHealth(pattern=pattern):
            return [("health", "log"), ("pattern", pattern)]
        case _:
            assert_never(app.health)


def _lines(*parts: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{key} {value}\n" for part in parts for key, value in part) + "end\n"
