"""docker.Volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.docker import DockerError
from tandem.engines.offline.resources.kind import Made, StepError, World
from tandem.engines.offline.resources.labels import labels
from tandem.engines.offline.schema import Schema, nested, replacing


class Volume:
    """A volume; every property replaces it. One that exists under the name is taken as it is, data and all."""

    schema = Schema(
        type="docker:index/volume:Volume",
        properties=replacing("name", "driver", "driverOpts") | {"labels": nested("label", "value")},
        named=True,
        computed=("name", "driver", "mountpoint"),
    )

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:
        """Makes it, or finds it: a volume outlives its stack on purpose."""
        settings = {
            "driver": inputs.get("driver", "local"),
            "driver_opts": inputs.get("driverOpts"),
            "labels": labels(inputs),
        }
        try:
            world.docker().create_volume(physical, settings)
            found = world.docker().inspect_volume(physical) or {}
        except DockerError as error:
            raise StepError(f"volume {physical}: {error}") from error
        return _made(physical, found)

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """Nothing of a volume changes in place."""
        return made

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Removes it and its data; Docker refuses while a container has it."""
        try:
            world.docker().remove_volume(made.id)
        except DockerError as error:
            raise StepError(f"volume {made.id}: {error}") from error

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """Neither removed nor recorded: it may be an older one with data, and the next create finds it by name."""
        return None

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Removing is one call: it has happened or not."""
        return world.docker().inspect_volume(made.id) is None


def _made(physical: str, found: Mapping[str, Any]) -> Made:
    return Made(
        physical,
        {"name": physical, "driver": found.get("Driver", "local"), "mountpoint": found.get("Mountpoint", "")},
    )
