"""`tandem status`: the stack file and the host's truth side by side, without an engine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from config.rollout import COLOURS, Colour, Rollout
from config.settings import Settings
from tandem.docker import Container
from tandem.exits import environment
from tandem.hosts.truth import Truth
from tandem.lifecycle import secret_files
from tandem.moves import drains, update
from tandem.moves.drains import Drain
from tandem.says.summary import short_image
from tandem.says.tables import table
from tandem.stack.session import Session


def status(session: Session) -> dict[str, Any]:
    """What `--json` prints: stack, engine, and per app what file and host say of its releases and its traffic."""
    truth = session.truth()
    settings = session.settings
    return {
        "stack": session.stack.stack,
        "project": session.stack.project,
        "engine": session.engine_name,
        "apps": {
            app: app_status(app, settings, truth) | {"draining": draining(session, app, truth)} for app in settings.apps
        },
        "differences": list(update.differences(settings, truth)),
        "without_secret_files": secret_files.missing(session),
    }


def app_status(app: str, settings: Settings, truth: Truth) -> dict[str, Any]:
    """One app. `phase` and `live` are the file's word, all else is the host's.

    What there is none of is null or empty, `canary`, `watch` and `stopped` for example; `left`: seconds of the window.
    """
    rollout = settings.rollout(app)
    release = truth.live(app, rollout)
    route = truth.route(app)
    watch = route.watch
    return {
        "url": url(app, settings),
        "phase": rollout.phase,
        "live": rollout.live,
        "release": release,
        **{colour: slot(app, colour, rollout, truth) for colour in COLOURS},
        "canary": asdict(route.canary) if route.canary else None,
        "back": route.back,
        "pointer": route.pointer,
        "watch": asdict(watch) | {"left": round(watch.left(time.time()), 1)} if watch else None,
        "barred": [asdict(bar) for bar in route.barred],
        "stopped": asdict(route.stopped) if route.stopped else None,
    }


def draining(session: Session, app: str, truth: Truth) -> list[dict[str, Any]]:
    """The releases that the file lets drain, with their connections."""
    entries = session.settings.rollout(app).draining
    found = drains.ask(session, app, [entry.release for entry in entries], truth)
    return [
        {"release": entry.release, "image": entry.image, **asdict(found.get(entry.release, Drain(0, 0, drained=False)))}
        for entry in entries
    ]


def slot(app: str, colour: Colour, rollout: Rollout, truth: Truth) -> dict[str, Any] | None:
    """What is on a colour, see `Truth.on`; None when file and host have nothing there."""
    box = truth.on(app, colour, rollout)
    declared = rollout.slot(colour)
    if box is None and declared is None:
        return None
    return {
        "image": box.image if box else declared.image if declared else None,
        "container": box.name if box else None,
        "state": box.state if box else "absent",
        "release": box.release if box else None,
    }


def url(app: str, settings: Settings) -> str | None:
    """Where the app answers; None without a port."""
    section = settings.apps[app]
    if section.port is None:
        return None
    host = section.domains[0] if section.domains else settings.gateway.bind
    return f"http://{host}:{settings.gateway.port}"


def lines(said: dict[str, Any]) -> list[str]:
    """The status for people."""
    rows = [["APP", "PHASE", "LIVE", "BLUE", "GREEN", "URL"]]
    for app, state in said["apps"].items():
        live = state["release"] or "-"
        rows.append([app, state["phase"], live, _slot(state["blue"]), _slot(state["green"]), state["url"] or "-"])
    return [
        f"{said['project']}-{said['stack']}, engine {said['engine']}",
        *table(rows),
        *(f"  {app}: {line}" for app, state in said["apps"].items() for line in traffic(app, state)),
        *(f"! {line}" for line in said["differences"]),
        *(
            f"! {name}: its secret files are not in memory\n  {secret_files.REMEDY}"
            for name in said["without_secret_files"]
        ),
    ]


def traffic(app: str, state: dict[str, Any]) -> Iterator[str]:
    """What the table has no column for: canary, watch, pointer, bars, what drains; and where the past is told."""
    if state["stopped"]:
        by, at = state["stopped"]["by"], state["stopped"]["at"]
        yield f"stopped by {by} at {at}; `tandem start {app}` brings it back"
    if state["canary"]:
        yield f"canary: {state['canary']['percent']} % of the traffic on {state['canary']['release']}"
    if state["watch"]:
        yield from _watch(state["watch"])
    if state["pointer"]:
        yield f"went back to {state['release']} on the host; the next `tandem up` follows"
    for bar in state["barred"]:
        what = short_image(bar["image"]) if bar["image"] else f"the release {bar['hash8']}"
        yield f"barred since {bar['at']}: {what} ({bar['why']})"
    for one in state["draining"]:
        yield f"{one['release']} {drains.told(Drain(one['open'], one['waiting'], one['drained'], one['until']))}"
    if state["release"]:
        yield f"`tandem history {app}` tells what moved"


def container(session: Session, app: str, colour: str | None) -> Container:
    """The container that `logs` and `exec` mean: of the live release, or of a colour."""
    from tandem.moves.plans import known

    known(session.settings, app)
    rollout = session.settings.rollout(app)
    truth = session.truth()
    boxes: Sequence[Container] = truth.of_app(app)
    live = truth.live(app, rollout)
    wanted = [box for box in boxes if (box.colour == colour if colour else box.release == live)]
    if not wanted:
        there = ", ".join(f"{box.release} ({box.state})" for box in boxes) or "none"
        raise environment(f"{app}: no container {f'on {colour}' if colour else 'that is live'}; there is: {there}")
    return wanted[0]


def _watch(watch: dict[str, Any]) -> Iterator[str]:
    counted = f"{watch['seen']} requests, {watch['failed']} failed"
    if watch["verdict"] == "pending":
        yield f"{watch['release']} is watched for {watch['left']:g} s more: {counted}"
    elif watch["verdict"] in {"bad", "unjudged"}:
        more = f"; watched on for {watch['left']:.0f} s" if watch["verdict"] == "unjudged" and watch["left"] else ""
        yield f"verdict of {watch['release']}: {watch['verdict']} ({watch['why'] or counted}){more}"


def _slot(state: dict[str, Any] | None) -> str:
    return f"{short_image(state['image'])} {state['state']}" if state else "-"
