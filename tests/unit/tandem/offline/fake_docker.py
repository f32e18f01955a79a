"""A Docker Engine in memory: the seam of `tandem.engines.offline.resources.docker`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.docker import DockerError, Login


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing after it runs."""


class FakeDocker:
    """Keeps containers, networks, volumes and images, and every call in order.

    `before` and `after` map a call such as `"create_container"` to what is raised before or after its effect.
    """

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, Any]] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        self.volumes: dict[str, dict[str, Any]] = {}
        self.images: dict[str, str] = {"demo:1": "sha256:1", "demo:2": "sha256:2"}
        self.calls: list[tuple[str, Any]] = []
        self.connections = 0
        self.logins: dict[str, Login | None] = {}
        self.before: dict[str, BaseException] = {}
        self.after: dict[str, BaseException] = {}
        self.dies_at_start = False
        self._ids = itertools.count(1)

    def connect(self, host: str) -> FakeDocker:
        """Stands in for `Daemon`."""
        self.connections += 1
        del host
        if "connect" in self.before:
            raise self.before.pop("connect")
        return self

    def called(self, name: str) -> list[Any]:
        """The first arguments of all calls of that name."""
        return [argument for call, argument in self.calls if call == name]

    @property
    def names(self) -> list[str]:
        """Names of all containers, oldest first."""
        return [container["Name"] for container in self.containers.values()]

    def _do(self, name: str, argument: Any) -> None:
        self.calls.append((name, argument))
        if name in self.before:
            raise self.before.pop(name)

    def _done(self, name: str) -> None:
        if name in self.after:
            raise self.after.pop(name)

    def _find(self, container: str) -> dict[str, Any] | None:
        by_name = (found for found in self.containers.values() if found["Name"] == container)
        return self.containers.get(container) or next(by_name, None)

    def create_container(self, name: str, config: Mapping[str, Any]) -> str:
        self._do("create_container", name)
        if self._find(name):
            raise DockerError(f'The container name "/{name}" is already in use')
        made = f"id{next(self._ids)}"
        state = {"Running": False, "ExitCode": 0}
        self.containers[made] = {"Id": made, "Name": name, "Config": dict(config), "State": state}
        self._done("create_container")
        return made

    def connect_network(self, container: str, network: str, endpoint: Mapping[str, Any]) -> None:
        self._do("connect_network", network)
        del container, endpoint

    def start_container(self, container: str) -> None:
        self._do("start_container", self.containers[container]["Name"])
        state = {"Running": False, "ExitCode": 1} if self.dies_at_start else {"Running": True, "ExitCode": 0}
        self.containers[container]["State"] = state
        self._done("start_container")

    def stop_container(self, container: str, grace: int) -> None:
        self._do("stop_container", (self._name(container), grace))
        if container in self.containers:
            self.containers[container]["State"]["Running"] = False
        self._done("stop_container")

    def remove_container(self, container: str, *, volumes: bool) -> None:
        self._do("remove_container", self._name(container))
        del volumes
        self.containers.pop(container, None)
        self._done("remove_container")

    def _name(self, container: str) -> str:
        found = self.containers.get(container)
        return str(found["Name"]) if found else container

    def update_container(self, container: str, settings: Mapping[str, Any]) -> None:
        self._do("update_container", dict(settings))
        self.containers[container]["limits"] = dict(settings)

    def inspect_container(self, container: str) -> dict[str, Any] | None:
        self._do("inspect_container", container)
        return self._find(container)

    def container_logs(self, container: str, lines: int) -> str:
        del container, lines
        return "booting\nout of luck\n"

    def create_network(self, name: str, settings: Mapping[str, Any]) -> str:
        self._do("create_network", name)
        made = f"id{next(self._ids)}"
        self.networks[made] = {"Id": made, "Name": name, "Labels": settings["labels"]}
        self._done("create_network")
        return made

    def inspect_network(self, network: str) -> dict[str, Any] | None:
        self._do("inspect_network", network)
        by_name = (found for found in self.networks.values() if found["Name"] == network)
        return self.networks.get(network) or next(by_name, None)

    def remove_network(self, network: str) -> None:
        self._do("remove_network", network)
        self.networks.pop(network, None)
        self._done("remove_network")

    def create_volume(self, name: str, settings: Mapping[str, Any]) -> None:
        self._do("create_volume", name)
        self.volumes.setdefault(name, {"Name": name, "Driver": settings["driver"], "Mountpoint": f"/volumes/{name}"})
        self._done("create_volume")

    def inspect_volume(self, volume: str) -> dict[str, Any] | None:
        return self.volumes.get(volume)

    def remove_volume(self, volume: str) -> None:
        self._do("remove_volume", volume)
        self.volumes.pop(volume, None)

    def inspect_image(self, image: str) -> dict[str, Any] | None:
        found = self.images.get(image) or (image if image in self.images.values() else None)
        return {"Id": found, "RepoDigests": []} if found else None

    def pull_image(self, image: str, login: Login | None = None) -> None:
        self.logins[image] = login
        self._do("pull_image", image)
        raise DockerError("no registry answers")

    def build_image(self, settings: Mapping[str, Any]) -> None:
        self._do("build_image", settings["tag"])
        self.images[settings["tag"]] = f"sha256:built{next(self._ids)}"

    def remove_image(self, image: str, *, force: bool) -> None:
        self._do("remove_image", image)
        del force
        self.images.pop(image, None)

    def close(self) -> None:
        """Nothing is open."""
