"""The second story: a stack file edited by hand, and `up`. Canary, what drains, and the wait for a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from config import names
from tandem.engines import Engine, Event, StepDone, StepFailed
from tests.e2e.project import APP, Project, write_stack_file
from tests.parity.story import Neutral

Rollout = dict[str, Any]

WATCH = {"window": "1s"}


def tell(project: Project, engine: Engine) -> dict[str, list[str]]:
    """Runs the story; step → its operations in the neutral form."""
    neutral = Neutral(project.name)
    told: dict[str, list[str]] = {}
    for step, watch, rollout in steps(engine):
        app = {**APP, "domains": ["web.localhost"], "watch": watch}
        write_stack_file(project, {"web": app})
        project.file.write_text(f"{project.file.read_text()}  tandem:rollouts: {json.dumps({'web': rollout})}\n")
        events: list[Event] = []
        engine.up(events.append)
        told[step] = list(neutral.told(map(as_said, ended(events))))
    events = []
    engine.destroy(events.append)
    told["destroy"] = list(neutral.told(map(as_said, ended(events))))
    return told


def steps(engine: Engine) -> Iterator[tuple[str, dict[str, Any], Rollout]]:
    """Name, watch and rollout; frozen hashes are those that the steps before made."""
    one, two, three = ({"image": f"demo:{number}"} for number in (1, 2, 3))
    yield "first up", WATCH, {"live": "blue", "blue": one}
    yield "prepare", WATCH, {"live": "blue", "blue": one, "green": two}
    yield "canary of 10", WATCH, {"live": "blue", "blue": one, "green": two, "canary": 10}
    yield "canary of 50", WATCH, {"live": "blue", "blue": one, "green": two, "canary": 50}
    old = {**one, "frozen": made(engine, "blue")}
    switched = {"live": "green", "blue": old, "standby": "previous"}
    yield "switch", WATCH, {**switched, "green": two}
    left = {"colour": "green", **two, "frozen": made(engine, "green")}
    yield "deploy on the live colour", WATCH, {**switched, "green": three, "draining": [left]}
    yield "no-op up", WATCH, {**switched, "green": three, "draining": [left]}
    yield "drained", WATCH, {**switched, "green": three}
    yield "a verdict to wait for", {**WATCH, "wait": True}, {**switched, "green": three}
    yield "canary with a verdict", {**WATCH, "wait": True}, {"live": "green", "green": three, "blue": two, "canary": 25}


def made(engine: Engine, colour: str) -> str:
    release: str = engine.outputs()["releases"]["web"][colour]["release"]
    return names.split_release(release)[1]


def ended(events: list[Event]) -> Iterator[StepDone | StepFailed]:
    for event in events:
        if isinstance(event, StepDone | StepFailed):
            yield event


def as_said(event: StepDone | StepFailed) -> dict[str, Any]:
    """As `--json` would have it."""
    how = "done" if isinstance(event, StepDone) else "failed"
    return {"event": how, "operation": event.operation, "type": event.type, "urn": event.urn}
