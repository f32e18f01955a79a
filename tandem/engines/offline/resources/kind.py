"""What the engine asks of every resource type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tandem.engines.offline.resources.docker import Docker, Login
from tandem.engines.offline.schema import Schema


class StepError(Exception):
    """An effect failed and left nothing behind. `str` is for people."""


class HalfMadeError(StepError):
    """An object was made but is not as it should be; it is kept, recorded as doubtful, and made anew next time."""

    def __init__(self, message: str, made: Made) -> None:
        super().__init__(message)
        self.made = made


@dataclass(frozen=True)
class Made:
    """What an effect left: the object's id, its computed outputs, and a line for people."""

    id: str
    computed: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""


class World(Protocol):
    """What effects may touch besides their own inputs."""

    def docker(self) -> Docker:
        """The Docker Engine of the resource's provider; connects at the first call."""
        ...

    def login(self, image: str) -> Login | None:
        """Who the resource's provider is to the registry of an image."""
        ...


class Kind(Protocol):
    """One resource type. Inputs come with secrets in clear; every error is a StepError."""

    schema: Schema

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:
        """Makes the object; `physical` is its name on the host, chosen before."""
        ...

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:
        """Brings the object to new inputs, in place."""
        ...

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:
        """Removes the object; one that is gone already is fine."""
        ...

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:
        """After a kill during a create: what of the object can be kept, None after making sure nothing is left."""
        ...

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:
        """After a kill during a delete: whether it is deleted, finishing it where that is safe."""
        ...
