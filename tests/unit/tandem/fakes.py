"""Stand-ins at the command's seams: an engine, a host and a Docker that live in memory and can be told to fail."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.load import read_file
from tandem.docker import Container, Docker, DockerError, Image
from tandem.docker.registry import Manifest
from tandem.engines import Engine
from tandem.engines.choose import Name
from tandem.says.progress import Json, Plain, Show
from tandem.stack.author import Author
from tandem.stack.options import Options
from tandem.stack.session import Session
from tests.unit.tandem.fake_engine import FakeEngine, hash8, image_id
from tests.unit.tandem.fake_host import FakeHost

AUTHOR = Author("Ann <ann@example.com>", "0123456789abcdef0123456789abcdef01234567")
"""Who works on every bench: asking git is four processes a command."""


class FakeDocker(Docker):
    """Knows images `demo:1` … `demo:3`; every other name has to be pulled, which works for `pullable` ones."""

    def __init__(self) -> None:
        super().__init__("unix:///fake.sock")
        self.images = {f"demo:{number}": Image(image_id(number)) for number in (1, 2, 3)}
        self.images["tandem-gateway:local"] = Image(image_id(15))
        self.pullable: dict[str, Image] = {}
        self.pulled: list[str] = []
        self.attached: list[tuple[str, ...]] = []
        self.limits: dict[str, int] = {}
        self.executed: list[tuple[str, ...]] = []
        self.answers: Mapping[str, Any] = {"DockerRootDir": "/", "ServerVersion": "20.10"}
        self.holders: list[str] = []
        self.kept_volumes: list[str] = []
        self.guests: list[str] = []
        self.host: FakeHost | None = None
        self.exit_code = 0
        self.did: list[tuple[str, ...]] = []
        self.sick: set[str] = set()
        self.usage: list[dict[str, str]] = []
        self.environments: dict[str, dict[str, bool]] = {}
        self.programs: dict[str, bool | None] = {}

    def info(self) -> Mapping[str, Any]:
        return self.answers

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        return list(self.host.boxes) if self.host else []

    def image(self, reference: str) -> Image | None:
        known = {**self.images, **{image.id: image for image in self.images.values()}}
        return known.get(reference)

    def pull(self, reference: str, limit: float) -> None:
        if reference not in self.pullable:
            raise DockerError("pull access denied, repository does not exist")
        self.pulled.append(reference)
        self.images[reference] = self.pullable[reference]

    def publishes(self, port: int) -> list[str]:
        return self.holders

    def mount(self, container: str, target: str) -> str | None:
        return None

    def variables(self, container: str) -> dict[str, bool]:
        return self.environments.get(container, {})

    def has_program(self, image: str, program: str, user: str | None = None) -> bool | None:
        return self.programs.get(program, True)

    def memory_limits(self, containers: Sequence[str]) -> dict[str, int]:
        return {container: self.limits[container] for container in containers if container in self.limits}

    def execute(self, container: str, *command: str, limit: float) -> subprocess.CompletedProcess[str]:
        assert self.host
        self.executed.append((container, *command))
        if command[0] != "/gw/current/bin/back":
            return self._asked(command)
        app, why = command[1], command[2]
        if app not in self.host.back:
            return subprocess.CompletedProcess(command, 75, "", f"{app}: nothing stands by")
        return subprocess.CompletedProcess(command, 0, self.host._back(app, why, ""), "")

    def _asked(self, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """A health check: by requests (`curl`), or the container's own command."""
        bad = any(name in word for name in self.sick for word in command)
        codes = f"{503 if bad else 200}\n" * command.count("-w")
        return subprocess.CompletedProcess(command, 1 if bad else 0, codes, "")

    def start(self, *containers: str) -> None:
        self._becomes("start", "running", containers)

    def stop(self, *containers: str) -> None:
        self._becomes("stop", "exited", containers)

    def _becomes(self, did: str, state: str, containers: tuple[str, ...]) -> None:
        assert self.host is not None
        self.did.append((did, *(box.name for box in self.host.boxes if box.id in containers)))
        self.host.boxes = [replace(box, state=state) if box.id in containers else box for box in self.host.boxes]

    def run(self, *arguments: str) -> str:
        self.did.append(("run", arguments[-2]))
        return "id-asker"

    def image_of(self, container: str) -> str:
        return f"image of {container}"

    def log(self, container: str) -> str:
        return "" if container in self.sick else "ready\n"

    def stats(self, *containers: str) -> list[dict[str, str]]:
        return [row for row in self.usage if row["ID"] in containers]

    def remove(self, container: str) -> None:
        assert self.host
        self.host.boxes = [box for box in self.host.boxes if box.id != container]

    def running_in(self, network: str) -> list[str]:
        assert self.host
        return [*(box.name for box in self.host.boxes if box.state == "running"), *self.guests]

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        return list(self.kept_volumes)

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        self.kept_volumes = [name for name in self.kept_volumes if name not in volumes]

    def attach(self, *arguments: str) -> int:
        self.attached.append(arguments)
        return self.exit_code


class Bench(Session):
    """A session whose neighbours are fakes, with what it said in `out` and `errors`."""

    def __init__(self, options: Options, *, json_lines: bool = False) -> None:
        self.out, self.errors = io.StringIO(), io.StringIO()
        show: Show = (Json if json_lines else Plain)(self.out, self.errors)
        super().__init__(options, show)
        self.fake_host = FakeHost()
        self.registry: dict[str, Manifest | str] = {}
        self.fake_docker = FakeDocker()
        self.fake_docker.host = self.fake_host
        self.fake_engine = FakeEngine(self.stack, self.fake_host)
        self.__dict__.update(
            docker=self.fake_docker, host=self.fake_host, engine=self.fake_engine, engine_name="offline"
        )
        self.__dict__["author"] = AUTHOR

    def manifest(self, reference: str) -> Manifest:
        """The registry has what can be pulled, and what the test puts there; it says no in its own words."""
        if reference in self.fake_docker.pullable:
            return Manifest("sha256:" + "d" * 64, ("linux/amd64",))
        found = self.registry.get(reference, "pull access denied, repository does not exist")
        if isinstance(found, str):
            raise DockerError(found)
        return found

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
