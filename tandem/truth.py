"""What the host says: which release each app's traffic goes to, and which containers exist.

The stack file is an intention; this is the fact. Every move starts from here, and after a failure the file follows it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config import names
from config.rollout import COLOURS, Colour, Rollout, Served
from tandem.docker import Container, Docker
from tandem.engines import StackRef
from tandem.exits import environment

SERVING_LIMIT = 10.0


@dataclass(frozen=True)
class Routing:
    """Where the gateway sends one app: the live release (None: it answers 503) and every release it knows."""

    live: str | None
    releases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    """One look at the host: routing by app, and every container of the stack, newest first.

    `ports` names the apps that have a port: for them the gateway alone decides what serves.
    """

    routing: Mapping[str, Routing] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    ports: frozenset[str] = frozenset()

    def of_app(self, app: str) -> list[Container]:
        """The app's containers that carry a release, newest first."""
        return [box for box in self.containers if box.app == app and box.role == "app" and box.release]

    def served(self, app: str, rollout: Rollout) -> Served:
        """What `config.rollout.adopt` needs to know of one app: what serves, and what could serve this moment.

        A container that was made but never proved is no standby: a killed deploy of a bad image leaves one behind.
        """
        live = self.live(app, rollout)
        return Served(
            live, {box.release: box.image for box in self.of_app(app) if box.release == live or self._stands_by(box)}
        )

    def _stands_by(self, box: Container) -> bool:
        """Whether a container is warm. The gateway's file has what passed its probe; without a port there is none."""
        proved = box.app not in self.ports or (
            box.app in self.routing and box.release in self.routing[box.app].releases
        )
        return proved and box.state == "running"

    def live(self, app: str, rollout: Rollout) -> str | None:
        """The release that serves. Without a port the gateway knows nothing: there it is the one that runs."""
        if app in self.ports:
            return self.routing[app].live if app in self.routing else None
        running = [box for box in self.of_app(app) if box.state == "running"]
        preferred = [box for box in running if box.colour == rollout.live]
        return next((box.release for box in [*preferred, *running]), None)

    def hashes(self, app: str, rollout: Rollout) -> dict[Colour, str]:
        """hash8 of the container each colour has now: the live one's by the gateway, else frozen, else the newest's."""
        live = self.live(app, rollout)
        found: dict[Colour, str] = {}
        for colour in COLOURS:
            of_colour = [box.release for box in self.of_app(app) if box.colour == colour]
            slot = rollout.slot(colour)
            wanted = names.release(colour, slot.frozen) if slot and slot.frozen else None
            best = next((name for name in (live, wanted, *of_colour) if name in of_colour), None)
            if best is not None:
                found[colour] = names.split_release(best)[1]
        return found


class Host:
    """The host of a `local` stack: this machine, its files under the checkout."""

    def __init__(self, stack: StackRef, docker: Docker, directory: Path | None = None) -> None:
        self.docker = docker
        self.labels = {names.LABEL_PROJECT: stack.project, names.LABEL_STACK: stack.stack}
        self.directory = directory or names.host_directory(stack.project, stack.stack)

    def truth(self) -> Truth:
        """Asks the gateway's files and Docker. Raises DockerError, or Stop when the host's own script fails."""
        return Truth(self.routing(), tuple(self.docker.containers(self.labels)))

    def routing(self) -> dict[str, Routing]:
        """What the live files say, by app; empty before the first `up`."""
        if not self._path("serving").is_file():
            return {}
        asked = self.script("serving", limit=SERVING_LIMIT)
        if asked.returncode != 0:
            raise environment(f"serving: {asked.stderr.strip() or f'exit code {asked.returncode}'}")
        said = json.loads(asked.stdout or "{}")
        return {app: Routing(entry["live"], tuple(entry.get("releases", ()))) for app, entry in said.items()}

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        """Runs one of the host's own scripts with `told` on stdin. Raises Stop when it takes longer than `limit` s."""
        try:
            return subprocess.run(
                ["sh", str(self._path(name)), *arguments],
                input=told,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise environment(f"{self._path(name)} did not end within {limit:g} s") from None

    def _path(self, script: str) -> Path:
        return self.directory / "gateway" / "current" / "host" / script
