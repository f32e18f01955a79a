"""Stand-ins at the command's seams: an engine, a host and a Docker that live in memory and can be told to fail."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from config.load import parse, read_file
from config.rollout import COLOURS, Rollout
from tandem.docker import Container, Docker, Image
from tandem.engines import Engine, EngineError, OnEvent, Result, StackRef, StepDone, StepFailed, StepStarted
from tandem.engines.choose import Name
from tandem.options import Options
from tandem.progress import Json, Plain, Show
from tandem.session import Session
from tests.unit.tandem.fake_host import FakeHost

COMMAND = "command:local:Command"
CONTAINER = "docker:index/container:Container"


def hash8(image: str, settings: str = "") -> str:
    return hashlib.sha256(f"{image}{settings}".encode()).hexdigest()[:8]


def image_id(number: int) -> str:
    return "sha256:" + f"{number:x}" * 64


class FakeDocker(Docker):
    """Knows images `demo:1` … `demo:3`; every other name has to be pulled, which works for `pullable` ones."""

    def __init__(self) -> None:
        super().__init__("unix:///fake.sock")
        self.images = {f"demo:{number}": Image(image_id(number)) for number in (1, 2, 3)}
        self.images["tandem-gateway:local"] = Image(image_id(15))
        self.pullable: dict[str, Image] = {}
        self.pulled: list[str] = []
        self.attached: list[tuple[str, ...]] = []
        self.answers: Mapping[str, Any] = {"DockerRootDir": "/", "ServerVersion": "20.10"}
        self.holders: list[str] = []
        self.kept_volumes: list[str] = []
        self.host: FakeHost | None = None
        self.exit_code = 0

    def info(self) -> Mapping[str, Any]:
        return self.answers

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        return list(self.host.boxes) if self.host else []

    def image(self, reference: str) -> Image | None:
        known = {**self.images, **{image.id: image for image in self.images.values()}}
        return known.get(reference)

    def pull(self, reference: str, limit: float) -> None:
        from tandem.docker import DockerError

        if reference not in self.pullable:
            raise DockerError("pull access denied, repository does not exist")
        self.pulled.append(reference)
        self.images[reference] = self.pullable[reference]

    def publishes(self, port: int) -> list[str]:
        return self.holders

    def mount(self, container: str, target: str) -> str | None:
        return None

    def start(self, container: str) -> None:
        assert self.host is not None
        self.host.boxes = [replace(box, state="running") if box.id == container else box for box in self.host.boxes]

    def remove(self, container: str) -> None:
        assert self.host
        self.host.boxes = [box for box in self.host.boxes if box.id != container]

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        return list(self.kept_volumes)

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        self.kept_volumes = [name for name in self.kept_volumes if name not in volumes]

    def attach(self, *arguments: str) -> int:
        self.attached.append(arguments)
        return self.exit_code


@dataclass
class FakeEngine:
    """Does to `host` what the stack file says: create, switch, delete last. `breaks` names what fails."""

    stack: StackRef
    host: FakeHost
    name: Literal["pulumi", "offline"] = "offline"
    breaks: set[str] = field(default_factory=set)
    interrupts: set[str] = field(default_factory=set)
    settings_now: str = ""
    runs: list[str] = field(default_factory=list)
    during: Callable[[], object] = lambda: None
    steps: list[StepDone] = field(default_factory=list)
    last: Mapping[str, Any] = field(default_factory=dict)

    def preview(self, on_event: OnEvent) -> Result:
        self.runs.append("preview")
        self._fails("preview", on_event)
        return Result({"create": 1, "same": 2}, {}, 0.1)

    def up(self, on_event: OnEvent) -> Result:
        self.runs.append("up")
        self.steps = []
        self.during()
        settings = parse(read_file(self.stack.file), self.stack.file.name)
        wanted = {app: self._releases(app, settings.rollout(app)) for app in settings.apps}
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
        if app in self.breaks:
            on_event(StepFailed("update", COMMAND, f"switch-{app}", f"urn::switch-{app}", 0.1, f"{app}: never healthy"))
            return False
        live = releases[rollout.live]["release"] if rollout.live else None
        receipt = {"ok": True, "app": app, "release": live, "from": self.host.live.get(app)}
        receipt |= {"moved": self.host.live.get(app) != live, "ready_ms": 150, "flip_ms": 175, "total_ms": 500}
        self.host.live[app] = live
        self.host.proved[app] = tuple(release["release"] for release in releases.values())
        self._step(StepDone("update", COMMAND, f"switch-{app}", f"urn::{app}", 0.1, json.dumps(receipt)), on_event)
        return True

    def _sweep(self, wanted: Mapping[str, Mapping[str, Mapping[str, Any]]], on_event: OnEvent) -> None:
        names = {f"{app}-{release['release']}" for app, of_app in wanted.items() for release in of_app.values()}
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


class Bench(Session):
    """A session whose neighbours are fakes, with what it said in `out` and `errors`."""

    def __init__(self, options: Options, *, json_lines: bool = False) -> None:
        self.out, self.errors = io.StringIO(), io.StringIO()
        show: Show = (Json if json_lines else Plain)(self.out, self.errors)
        super().__init__(options, show)
        self.fake_host = FakeHost()
        self.fake_docker = FakeDocker()
        self.fake_docker.host = self.fake_host
        self.fake_engine = FakeEngine(self.stack, self.fake_host)
        self.__dict__.update(
            docker=self.fake_docker, host=self.fake_host, engine=self.fake_engine, engine_name="offline"
        )

    @contextmanager
    def engine_for(self, text: str) -> Iterator[Engine]:
        self.previewed = text
        yield self.fake_engine

    def again(self, **changes: Any) -> Bench:
        """The next command on the same stack and host."""
        following = Bench(Options(directory=self.options.directory, **changes))
        following.fake_host, following.fake_docker = self.fake_host, self.fake_docker
        self.fake_engine.runs.clear()
        following.fake_engine = self.fake_engine
        following.__dict__.update(docker=self.fake_docker, host=self.fake_host, engine=self.fake_engine)
        return following

    @property
    def text(self) -> str:
        return self.stack.file.read_bytes().decode()

    @property
    def rollouts(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(read_file(self.stack.file)).get("rollouts") or {}
        return found


def write_project(folder: Path, extra: str = "") -> Path:
    """A project of two apps with ports, `web` and `admin`, and a worker without one."""
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (folder / "Pulumi.local.yaml").write_text(STACK + extra, encoding="utf-8")
    return folder


STACK = """\
# the stack of the tests
config:
  tandem:profile: local
  tandem:host: {kind: local, min_free_gb: 1}
  tandem:gateway: {port: 18473}
  tandem:apps:
    web:
      port: 8000
      domains: [web.localhost]
      health: {kind: http, path: /healthz}
    admin:
      port: 8000
      domains: [admin.localhost]
      health: {kind: http, path: /healthz}
    worker:
      health: {kind: log, pattern: ready}
      standby: remove
"""

__all__ = ["Bench", "FakeDocker", "FakeEngine", "FakeHost", "Name", "hash8", "image_id", "write_project"]
