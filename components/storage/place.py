"""What an app may ask of a storage, whichever kind it is. The kinds are in `components.storage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pulumi

from config.storage_env import Half


class Place(Protocol):
    """One storage, as the apps that use it see it."""

    @property
    def needs(self) -> Sequence[pulumi.Resource]:
        """What must be there before a container that uses it."""
        ...

    @property
    def folder(self) -> str | None:
        """The machine's folder that a container mounts; None for a bucket."""
        ...

    def key(self, half: Half) -> pulumi.Output[str]:
        """Half of the key that apps sign with, marked secret. Only a bucket has one."""
        ...

    def identity(self, half: Half) -> str:
        """What tells that half from the one before, known before it exists; never the value."""
        ...
