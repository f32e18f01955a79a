"""What the host scripts are told on stdin: `key value` lines and a last line `end`, without which they do nothing.

Pure. The scripts refuse a key they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from config.apps import App
from config.base import seconds
from config.health import ExecHealth, HttpHealth, LogHealth
from config.rollout import Colour, Rollout

SWITCH_MARGIN = 30
"""Seconds a switch may take beyond its candidates' own limits: locks, two reloads, two proofs."""
LOOK_MARGIN = 30
"""Seconds that the look into both colours may take, where an app expects something of paths."""
VERDICT_MARGIN = 10
"""Seconds between the end of a watch's window and its verdict, with the gateway's own start in between."""

Line = tuple[str, str]


class Upstream(NamedTuple):
    """A release that traffic may go to: its id, its container's name and port, and the image it runs."""

    release: str
    container: str
    port: int
    image: str


@dataclass(frozen=True)
class Routes:
    """Where the traffic of an app shall go.

    `live`: the release that gets it, None closes the app. `canary`: (percent, release) of the part that another one
    gets. `back`: the release that a pointer flip goes to.
    """

    live: str | None = None
    canary: tuple[int, str] | None = None
    back: str | None = None

    @property
    def newest(self) -> str | None:
        """The release that a watch is about."""
        return self.canary[1] if self.canary else self.live


def routes(rollout: Rollout, releases: Mapping[Colour, str]) -> Routes:
    """Where a rollout wants the traffic; `releases`: colour → id of the release on it."""
    live, standby = (releases[colour] if colour else None for colour in (rollout.live, rollout.standby_colour))
    if rollout.canary is not None and standby is not None:
        return Routes(live, canary=(rollout.canary, standby), back=live)
    return Routes(live, back=standby if rollout.phase == "switched" else None)


def switch(app: App, wanted: Routes, upstreams: Sequence[Upstream], *, gateway: str | None, default_host: str) -> str:
    """The spec of one app's switch; `upstreams` are the releases that exist, live first. What drains is not of them."""
    return _lines(
        [("gateway", gateway)] if gateway else [],
        [("release", wanted.live)] if wanted.live else [],
        _other_ways(wanted) if gateway else [],
        [("upstream", f"{one.release} {one.container} {one.port}") for one in upstreams],
        [("image", f"{one.release} {one.image}") for one in upstreams],
        _health(app, default_host),
        [("passes", str(app.health.passes)), ("timeout", str(seconds(app.health.timeout)))],
        [("place", place) for place in app.expects.places],
        _watch(app) if gateway else [],
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


def verdict(app: App, *, release: str) -> str:
    """The spec of the wait for what the watch says of a release."""
    return _lines([("release", release), ("limit", str(app.watch.seconds + VERDICT_MARGIN))])


def switch_limit(app: App) -> int:
    """Seconds after which a switch is ended from outside, whatever it is doing: both colours may be candidates."""
    return 2 * seconds(app.health.timeout) + SWITCH_MARGIN + (LOOK_MARGIN if app.expects.paths else 0)


def guard_limit(app: App) -> int:
    """Seconds after which a guard is ended from outside: it may have to wait for a verdict before the drain."""
    return app.watch.seconds + seconds(app.drain_limit) + SWITCH_MARGIN


def verdict_limit(app: App) -> int:
    """Seconds after which the wait for a verdict is ended from outside."""
    return app.watch.seconds + VERDICT_MARGIN + SWITCH_MARGIN


def _other_ways(wanted: Routes) -> list[Line]:
    canary = [("canary", f"{wanted.canary[0]} {wanted.canary[1]}")] if wanted.canary else []
    return [*canary, *([("back", wanted.back)] if wanted.back else [])]


def _watch(app: App) -> list[Line]:
    return [("window", str(app.watch.seconds)), ("bad", app.watch.bad), ("slower", app.watch.slower)]


def _health(app: App, default_host: str) -> list[Line]:
    match app.health:
        case HttpHealth(path=path, host=host):
            return [("health", "http"), ("path", path), ("host", host or default_host)]
        case ExecHealth(command=command):
            return [("health", "exec"), *(("arg", argument) for argument in command)]
        case LogHealth(pattern=pattern):
            return [("health", "log"), ("pattern", pattern)]
        case _:
            assert_never(app.health)


def _lines(*parts: Sequence[Line]) -> str:
    return "".join(f"{key} {value}\n" for part in parts for key, value in part) + "end\n"
