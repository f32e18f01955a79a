"""What the machines of every kind have in common: labels, the stack's network, and whom they refuse to serve."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pulumi
from pulumi_docker import Network, Provider, ProviderRegistryAuthArgs

from components.host import label_list
from config import names

Login = ProviderRegistryAuthArgs
"""Who Docker is to one registry, for the one request that pulls; the machine is never logged in."""


class Machine(pulumi.ComponentResource):
    """The stack's names on a machine. A kind adds how it is reached."""

    docker: Provider
    network: Network

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tandem:Host", name, {}, opts)
        self.project = pulumi.get_project()
        self.stack = pulumi.get_stack()

    def labels(self, role: str) -> dict[str, str]:
        """The labels by which everything of this stack is found again."""
        return {
            names.LABEL_PROJECT: self.project,
            names.LABEL_STACK: self.stack,
            names.LABEL_ENGINE: names.engine(),
            names.LABEL_ROLE: role,
        }

    def own_network(self, name: str) -> Network:
        """The stack's network, by the machine's own provider."""
        return Network(
            f"{name}-network",
            name=names.stack_prefix(self.project, self.stack),
            labels=label_list(self.labels("network")),
            # Every field of a network replaces it, and a replaced network takes its containers down first.
            opts=pulumi.ResourceOptions(parent=self, provider=self.docker, ignore_changes=["*"]),
        )


def refuse_another_docker(kind: str, allowed: Mapping[str, tuple[str, ...]]) -> None:
    """A stray DOCKER_CONTEXT overrides the provider's host and would deploy to another machine.

    `allowed`: variable → what it may say beside nothing.
    """
    for variable, harmless in allowed.items():
        value = os.environ.get(variable, "")
        if value and value not in harmless:
            raise pulumi.RunError(
                f"{variable}={value} is set, but this stack's host is {kind}; unset {variable} and try again"
            )


def refuse_another_engine(project: str, stack: str) -> None:
    """Two engines with two states over one set of containers would each delete what the other made."""
    pin = names.stack_directory(project, stack) / "engine"
    pinned = pin.read_text().strip() if pin.is_file() else names.engine()
    if pinned != names.engine():
        raise pulumi.RunError(
            f"stack {stack} of project {project} is run by the engine `{pinned}`, not by `{names.engine()}`; "
            f"use `tandem --engine {pinned}`, or `tandem destroy` first"
        )
