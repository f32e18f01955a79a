"""Explicit providers: where Docker is. They have no effect of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.kind import Made, World
from tandem.engines.offline.schema import Schema, updating


class _Provider:
    schema: Schema

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:  # noqa: ARG002
        """Nothing but a record."""
        return Made(physical)

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """A changed provider is an update, never a replacement, as with the real one."""
        return made

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:
        """Nothing but a record."""

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """Nothing but a record."""
        return None

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Nothing but a record."""
        return True


class DockerProvider(_Provider):
    """docker.Provider: `host` says which Docker Engine; `ssh_opts` are the options of the CLI's ssh.

    `registry_auth` says who one is to registries; what goes into the state of it is a digest.
    """

    schema = Schema(type="pulumi:providers:docker", properties=updating("host", "sshOpts", "registryAuth"))


class CommandProvider(_Provider):
    """command.Provider: has no properties."""

    schema = Schema(type="pulumi:providers:command", properties={})
