"""docker.Network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.docker import DockerError
from tandem.engines.offline.resources.kind import Made, StepError, World
from tandem.engines.offline.resources.labels import carries, labels
from tandem.engines.offline.schema import Schema, nested, replacing


class Network:
    """A network; every property replaces it."""

    schema = Schema(
        type="docker:index/network:Network",
        properties=replacing("name", "driver", "internal", "attachable", "ipv6", "options", "ipamDriver")
        | {
            "labels": nested("label", "value"),
            "ipamConfigs": nested("subnet", "gateway", "ipRange", "auxAddress"),
        },
        named=True,
        computed=("name", "driver", "scope"),
    )

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:
        """Makes it under its name."""
        try:
            found = world.docker().create_network(physical, _settings(inputs))
        except DockerError as error:
            raise StepError(f"network {physical}: {error}") from error
        return _made(found, physical, inputs)

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """Nothing of a network changes in place."""
        return made

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Removes it; Docker refuses while a container is on it."""
        try:
            world.docker().remove_network(made.id)
        except DockerError as error:
            raise StepError(f"network {made.computed['name']}: {error}") from error

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """A network is made by one call: if it is there under its name and labels, it is whole, and kept."""
        found = world.docker().inspect_network(physical)
        if found is None or found.get("Name") != physical or not carries(found.get("Labels"), inputs):
            return None
        return _made(str(found["Id"]), physical, inputs)

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Removing is one call: it has happened or not."""
        return world.docker().inspect_network(made.id) is None


def _made(found: str, physical: str, inputs: Mapping[str, Any]) -> Made:
    return Made(found, {"name": physical, "driver": inputs.get("driver", "bridge"), "scope": "local"})


def _settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    settings = {
        "driver": inputs.get("driver", "bridge"),
        "internal": inputs.get("internal", False),
        "attachable": inputs.get("attachable"),
        "enable_ipv6": inputs.get("ipv6", False),
        "options": inputs.get("options"),
        "labels": labels(inputs),
    }
    if "ipamConfigs" in inputs or "ipamDriver" in inputs:
        settings["ipam"] = _ipam(inputs)
    return settings


def _ipam(inputs: Mapping[str, Any]) -> dict[str, Any]:
    names = {"subnet": "Subnet", "gateway": "Gateway", "ipRange": "IPRange", "auxAddress": "AuxiliaryAddresses"}
    pools = [{names[key]: value for key, value in pool.items()} for pool in inputs.get("ipamConfigs", [])]
    return {"Driver": inputs.get("ipamDriver", "default"), "Config": pools}
