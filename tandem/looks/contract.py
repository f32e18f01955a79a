"""The contract about outputs (docs/outputs.md), from the last update's outputs and the host's truth. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from config import names, targets
from config.gce import GceHost
from config.hosts import LocalHost, SshHost
from config.rollout import Rollout
from config.settings import Settings
from tandem.docker import Container
from tandem.engines import StackRef
from tandem.hosts.truth import Truth

EMPTY: Mapping[str, Any] = {"live": {}, "releases": {}, "draining": {}, "beside": {}, "receipts": {}, "endpoints": {}}
"""Outputs of a stack that was never updated."""
RANKS = ("live", "standby", "draining", "idle")


def intent(stack: StackRef, engine: str, settings: Settings, said: Mapping[str, Any]) -> dict[str, Any]:
    """What the stack itself wrote, made whole where its last update was an older version's."""
    known = {"version": names.OUTPUTS_VERSION, "engine": engine, "address": address(settings) or "", **EMPTY}
    more = {"scrape_targets": [], "alerts": [], "project": stack.project, "stack": stack.stack}
    return {**known, **said, **{name: said.get(name, value) for name, value in more.items()}} | {
        "truth": "intent",
        "apps": {},
    }


def truthful(
    meant: Mapping[str, Any], stack: StackRef, settings: Settings, truth: Truth, history: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The same with the host's word about what is live. `history`: moves, the newest first."""
    apps = {app: app_now(app, settings, truth, history) for app in settings.apps}
    return {
        **meant,
        "live": {app: now["live"] for app, now in apps.items()},
        "endpoints": {**meant["endpoints"], **{app: now["url"] for app, now in apps.items() if now["url"]}},
        "scrape_targets": list(scrape_targets(stack, settings, truth)),
        "truth": "host",
        "apps": apps,
    }


def app_now(app: str, settings: Settings, truth: Truth, history: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """One app as the host serves it."""
    rollout = settings.rollout(app)
    live = truth.live(app, rollout)
    return {
        "live": live,
        "url": url(app, settings),
        "agrees": (names.split_release(live)[0] if live else None) == rollout.live,
        "releases": releases(app, rollout, truth),
        "deployed": deployed(app, live, history),
    }


def releases(app: str, rollout: Rollout, truth: Truth) -> list[dict[str, Any]]:
    """Every release of an app that the gateway or Docker knows, the live one first."""
    live, route = truth.live(app, rollout), truth.route(app)
    boxes = {box.release: box for box in reversed(truth.of_app(app))}
    warm = {*route.releases} if app in truth.ports else {release for release, box in boxes.items() if _runs(box)}
    leaving = {entry.release for entry in rollout.draining}
    part = {route.canary.release: route.canary.percent} if route.canary else {}
    found = []
    for release in dict.fromkeys([*([live] if live else []), *route.releases, *boxes]):
        box = boxes.get(release)
        found.append(
            {
                "release": release,
                "colour": names.split_release(release)[0],
                "role": _role(release, live, warm, leaving if box else set()),
                "percent": 100 - sum(part.values()) if release == live else part.get(release, 0),
                "image": box.image if box else None,
                "container": box.name if box else None,
                "state": box.state if box else "absent",
            }
        )
    return sorted(found, key=lambda one: RANKS.index(str(one["role"])))


def deployed(app: str, live: str | None, history: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The move that gave the live release its traffic; `history` has the newest first."""
    for said in history:
        if live and said.get("app") == app and said.get("release") == live:
            told = {name: said.get(name) for name in ("at", "by", "commit", "command", "run")}
            return {**told, "receipt": said.get("id"), "kind": str(said.get("kind") or "switch")}
    return None


def scrape_targets(stack: StackRef, settings: Settings, truth: Truth) -> Iterator[dict[str, Any]]:
    """A target group per release that can be scraped now: those that the gateway knows, of apps with `metrics`."""
    for app, section in settings.apps.items():
        where = url(app, settings)
        if section.metrics is None or where is None:
            continue
        route = truth.route(app)
        known = [*route.releases, *([route.live] if route.live else [])]
        yield from targets.groups(
            project=stack.project, stack=stack.stack, app=app, releases=known, live=route.live, url=where
        )


def environment(stack: StackRef, settings: Settings, truth: Truth) -> dict[str, str]:
    """The same as variables, for shells. Not `TANDEM_STACK` and the like: those would be settings of the command."""
    said: dict[str, str | None] = {
        "VERSION": str(names.OUTPUTS_VERSION),
        "PROJECT": stack.project,
        "STACK": stack.stack,
        "ADDRESS": address(settings),
        "APPS": " ".join(settings.apps),
    }
    for app in settings.apps:
        now = app_now(app, settings, truth)
        live = now["live"]
        box = truth.container(app, live) if live else None
        mark = app.replace("-", "_").upper()
        said |= {
            f"{mark}_LIVE": live,
            f"{mark}_COLOUR": names.split_release(live)[0] if live else None,
            f"{mark}_IMAGE": box.image if box else None,
            f"{mark}_CONTAINER": box.name if box else None,
            f"{mark}_URL": now["url"],
        }
    return {f"TANDEM_OUT_{name}": value or "" for name, value in said.items()}


def shell(variables: Mapping[str, str]) -> str:
    """Lines that a shell takes for assignments and nothing else, whatever the values are."""
    return "".join(f"{name}={shlex.quote(value) if value else ''}\n" for name, value in variables.items())


def address(settings: Settings) -> str | None:
    """Where clients reach the machine; None where that is not known yet."""
    match settings.host:
        case LocalHost():
            return "127.0.0.1"
        case SshHost() as host:
            return host.reached_at
        case GceHost() as host:
            return host.address
        case _ as never:
            assert_never(never)


def url(app: str, settings: Settings) -> str | None:
    """Where an app answers, as the stack's `endpoints` say; None without a port, or where the address is not known."""
    section = settings.apps[app]
    where = section.domains[0] if section.domains else address(settings)
    if section.port is None or where is None:
        return None
    return settings.gateway.url(where)


def _role(release: str, live: str | None, warm: set[str], leaving: set[str]) -> str:
    if release == live:
        return "live"
    if release in leaving:
        return "draining"
    return "standby" if release in warm else "idle"


def _runs(box: Container) -> bool:
    return box.state == "running"
