"""What the host says: which release each app's traffic goes to, and which containers exist.

The stack file is an intention; this is the fact. Every move starts from here, and after a failure the file follows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from config import names
from config.rollout import COLOURS, Colour, Rollout, Served
from tandem.docker import Container
from tandem.hosts.routing import Routing


@dataclass(frozen=True)
class Truth:
    """One look at the host: routing by app, and every container of the stack, newest first.

    `ports` names the apps that have a port: for them the gateway alone decides what serves.
    """

    routing: Mapping[str, Routing] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    ports: frozenset[str] = frozenset()

    def route(self, app: str) -> Routing:
        """What the gateway says of an app; that nobody serves, where it does not know it."""
        return self.routing.get(app) or Routing(None)

    def container(self, app: str, release: str) -> Container | None:
        """The newest container of a release."""
        return next((box for box in self.of_app(app) if box.release == release), None)

    def of_app(self, app: str) -> list[Container]:
        """The app's containers that carry a release, newest first."""
        return [box for box in self.containers if box.app == app and box.role == "app" and box.release]

    def served(self, app: str, rollout: Rollout) -> Served:
        """What `config.rollout.adopt` needs to know of one app: what serves, and what could serve this moment.

        A container that was made but never proved is no standby: a killed deploy of a bad image leaves one behind.
        """
        live = self.live(app, rollout)
        containers = {box.release: box.image for box in self.of_app(app) if box.release == live or self._stands_by(box)}
        if app not in self.ports or app not in self.routing:
            return Served(live, containers)
        route = self.routing[app]
        running = {route.canary.release: route.canary.percent} if route.canary else {}
        return Served(live, containers, pointer=route.pointer, canary=running)

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

    def on(self, app: str, colour: Colour, rollout: Rollout) -> Container | None:
        """The container a colour has now: the live one by the gateway, else the frozen one, else the newest.

        A refused candidate stays for whoever wants to look, and is newer than the release that it was to replace.
        """
        live = self.live(app, rollout)
        leaving = {entry.release for entry in rollout.draining} - {live}
        there = [box for box in self.of_app(app) if box.colour == colour and box.release not in leaving]
        slot = rollout.slot(colour)
        frozen = names.release(colour, slot.frozen) if slot and slot.frozen else None
        known = [box for name in (live, frozen) for box in there if box.release == name]
        return next(iter([*known, *there]), None)

    def hashes(self, app: str, rollout: Rollout) -> dict[Colour, str]:
        """hash8 of the container each colour has now."""
        found = {colour: self.on(app, colour, rollout) for colour in COLOURS}
        return {colour: names.split_release(box.release)[1] for colour, box in found.items() if box}
