"""An engine that lives in memory: it does to a `FakeHost` what the stack file says, and can be told to fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from config.load import parse, read_file
from config.rollout import COLOURS, Rollout
from tandem.docker import Container
from tandem.engines import EngineError, OnEvent, Result, StackRef, Step, StepDone, StepFailed, StepStarted
from tandem.hosts.routing import Canary, Watch
from tandem.locks.holder import Holder
from tests.unit.tandem.fake_host import FakeHost

COMMAND = "command:local:Command"
CONTAINER = "docker:index/container:Container"


def hash8(image: str, settings: str = "") -> str:
    return hashlib.sha256(f"{image}{settings}".encode()).hexdigest()[:8]


def image_id(number: int) -> str:
    return "sha256:" + f"{number:x}" * 64


@dataclass
class FakeEngine:
    """Does to `host` what the stack file says: create, switch, delete last. `breaks` names what fails."""

    stack: StackRef
    host: FakeHost
    name: Literal["pulumi", "offline"] = "offline"
    fresh: bool = False
    anew: Collection[str] = ()
    breaks: set[str] = field(default_factory=set)
    interrupts: set[str] = field(default_factory=set)
    settings_now: str = ""
    wont_flip: set[str] = field(default_factory=set)
    judges: dict[str, Callable[[str], list[Watch]]] = field(default_factory=dict)
    held: list[Holder] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    during: Callable[[], object] = lambda: None
    steps: list[StepDone] = field(default_factory=list)
    last: Mapping[str, Any] = field(default_factory=dict)
    plan: tuple[Step, ...] = ()
    refuses: tuple[StepFailed, ...] = ()

    def preview(self, on_event: OnEvent) -> Result:
        self.runs.append("preview")
        self._fails("preview", on_event)
        result = Result({"create": 1, "same": 2}, {}, 0.1, plan=self.plan)
        if self.refuses:
            raise EngineError("\n".join(f"{one.name}: {one.message}" for one in self.refuses), self.refuses, result)
        return result

    def up(self, on_event: OnEvent) -> Result:
        self.runs.append("up")
        self.steps = []
        self.during()
        settings = parse(read_file(self.stack.file), self.stack.file.name)
        wanted = {app: self._releases(app, settings.rollout(app)) for app in settings.apps}
        self.draining = {app: settings.rollout(app).draining for app in settings.apps}
        failed = [app for app in settings.apps if not self._app(app, settings.rollout(app), wanted[app], on_event)]
        if failed:
            failures = tuple(
                StepFailed("update", COMMAND, f"switch-{app}", f"urn::switch-{app}", 0.1, f"{app}: never healthy")
                for app in failed
            )
            raise EngineError("update failed", failures, self._result(wanted))
        self._fails("cleanup", on_event)
        self._sweep(wanted, on_event)
        self.last = self._result(wanted).outputs
        return self._result(wanted)

    def destroy(self, on_event: OnEvent) -> Result:
        self.runs.append("destroy")
        self._fails("destroy", on_event)
        gone = len(self.host.boxes)
        self.host.boxes.clear()
        self.host.live.clear()
        return Result({"delete": gone}, {}, 0.1)

    def outputs(self) -> Mapping[str, Any]:
        return self.last

    def _releases(self, app: str, rollout: Rollout) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for colour in COLOURS:
            slot = rollout.slot(colour)
            if slot is not None:
                declared = hash8(slot.image, self.settings_now)
                release = f"{colour}-{slot.frozen or declared}"
                name = f"{app}-{release}-abc1234"
                found[colour] = {"release": release, "image": slot.image, "declared": declared, "container": name}
        return found

    def _app(self, app: str, rollout: Rollout, releases: Mapping[str, Mapping[str, Any]], on_event: OnEvent) -> bool:
        for colour, release in releases.items():
            box = Container(f"id-{release['release']}", f"{app}-{release['release']}-abc1234", "running", "app", app)
            box = Container(box.id, box.name, box.state, "app", app, colour, release["release"], release["image"])
            if not any(other.name == box.name for other in self.host.boxes):
                self._step(
                    StepDone("create", CONTAINER, f"{app}-{release['release']}", f"urn::{box.name}", 0.1), on_event
                )
                self.host.boxes.insert(0, box)
        if app in self.interrupts:
            raise KeyboardInterrupt
        live = releases[rollout.live]["release"] if rollout.live else None
        if app in self.breaks or (app in self.wont_flip and live != self.host.live.get(app)):
            on_event(StepFailed("update", COMMAND, f"switch-{app}", f"urn::switch-{app}", 0.1, f"{app}: never healthy"))
            return False
        receipt = {"ok": True, "app": app, "release": live, "from": self.host.live.get(app)}
        receipt |= {"moved": self.host.live.get(app) != live, "ready_ms": 150, "flip_ms": 175, "total_ms": 500}
        self._moves(app, rollout, releases, live)
        self.host.proved[app] = tuple(release["release"] for release in releases.values())
        self._step(StepDone("update", COMMAND, f"switch-{app}", f"urn::{app}", 0.1, json.dumps(receipt)), on_event)
        return True

    def _moves(self, app: str, rollout: Rollout, releases: Mapping[str, Mapping[str, Any]], live: str | None) -> None:
        """The gateway's half: weights, way back, watch."""
        host, standby = self.host, rollout.standby_colour
        moved = live is not None and live != host.live.get(app)
        host.live[app] = live
        host.pointers.discard(app)
        host.canary.pop(app, None)
        host.back.pop(app, None)
        if standby and rollout.canary:
            host.canary[app] = Canary(releases[standby]["release"], rollout.canary)
        if live and standby and rollout.phase in {"canary", "switched"}:
            host.back[app] = live if rollout.canary else releases[standby]["release"]
        if moved and live and app in self.judges:
            host.watches[app] = self.judges[app](live)

    def holders(self) -> Sequence[Holder]:
        return list(self.held)

    def unlock(self) -> None:
        self.held.clear()

    def _sweep(self, wanted: Mapping[str, Mapping[str, Mapping[str, Any]]], on_event: OnEvent) -> None:
        names = {f"{app}-{release['release']}" for app, of_app in wanted.items() for release in of_app.values()}
        names |= {f"{app}-{entry.release}" for app, entries in self.draining.items() for entry in entries}
        for box in list(self.host.boxes):
            if f"{box.app}-{box.release}" not in names:
                self.host.boxes.remove(box)
                self._step(StepDone("delete", CONTAINER, f"{box.app}-{box.release}", f"urn::{box.name}", 0.1), on_event)

    def _step(self, step: StepDone, on_event: OnEvent) -> None:
        on_event(StepStarted(step.operation, step.type, step.name, step.urn))
        self.steps.append(step)
        on_event(step)

    def _fails(self, what: str, on_event: OnEvent) -> None:
        if what in self.interrupts:
            raise KeyboardInterrupt
        if what in self.breaks:
            failure = StepFailed("delete", COMMAND, f"guard-{what}", f"urn::{what}", 0.1, "guard refused")
            on_event(failure)
            raise EngineError("update failed", (failure,), Result({}, {}, 0.1))

    def _result(self, wanted: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Result:
        counts: dict[Any, int] = {}
        for step in self.steps:
            counts[step.operation] = counts.get(step.operation, 0) + 1
        outputs = {
            "live": {app: self.host.live.get(app) for app in wanted},
            "releases": wanted,
            "endpoints": {app: f"http://{app}.localhost:8080" for app in wanted},
        }
        return Result(counts, outputs, 0.5, tuple(self.steps))
