"""What every component may ask of a machine, whichever kind it is. The kinds are in `components.hosts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import pulumi

from config.secret_files import Places

if TYPE_CHECKING:
    import pulumi_docker
    from pulumi_command import local, remote

Command: TypeAlias = "local.Command | remote.Command"
"""What `Host.run` makes: a resource, and the `stdout` of its last run."""


class Host(Protocol):
    """One machine: a Docker Engine, a shell, a folder of ours, an address."""

    project: str
    stack: str
    docker: pulumi_docker.Provider
    network: pulumi_docker.Network
    """The stack's own network: every container is on it, none is on another."""

    @property
    def directory(self) -> str:
        """HOSTDIR: the absolute folder on the machine that holds everything tandem puts there."""
        ...

    @property
    def address(self) -> pulumi.Input[str]:
        """Where clients reach the machine: an IP address or a name; an output where this run makes the machine."""
        ...

    def run(
        self,
        name: str,
        *,
        create: str | None = None,
        delete: str | None = None,
        stdin: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions,
    ) -> Command:
        """A command on the machine, run when the resource is made or its text or input changes.

        `delete` runs when the resource goes away, with the recorded `stdin`. Commands must be short (an error prints
        them whole), idempotent, and limit their own time.
        """
        ...

    def files(self, name: str, tree: Mapping[str, str], *, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Puts `tree` (path → content) under `HOSTDIR/<name>/current`, all at once. nginx reloads `gateway`."""
        ...

    def secret_files(self, helper: str) -> Places:
        """Where its secret files are, and the script for them. `helper`: the gateway's image, which is there.

        Raises `pulumi.RunError` for a machine that has no place in memory for them.
        """
        ...

    def labels(self, role: str) -> dict[str, str]:
        """The labels by which everything of this stack is found again."""
        ...


def label_list(labels: Mapping[str, str]) -> list[Any]:
    """Labels as the docker provider takes them, in one order."""
    return [{"label": label, "value": value} for label, value in sorted(labels.items())]
