"""This machine's Docker, by its own socket. No SSH, no systemd, files under the checkout."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

import pulumi
import pulumi_command as command
import pulumi_docker as docker

from components import archive
from components.host import Command, label_list
from config import names

SOCKET = "unix:///var/run/docker.sock"
INSTALL = names.ROOT / "components" / "gateway" / "files" / "host" / "install"


class Local(pulumi.ComponentResource):
    """A `Host` that is the machine the program runs on."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tandem:Host", name, {}, opts)
        self.project = pulumi.get_project()
        self.stack = pulumi.get_stack()
        refuse_another_docker()
        refuse_another_engine(self.project, self.stack)
        self.docker = docker.Provider(f"{name}-docker", host=SOCKET, opts=pulumi.ResourceOptions(parent=self))
        self.network = docker.Network(
            f"{name}-network",
            name=names.stack_prefix(self.project, self.stack),
            labels=label_list(self.labels("network")),
            # Every field of a network replaces it, and a replaced network takes its containers down first.
            opts=pulumi.ResourceOptions(parent=self, provider=self.docker, ignore_changes=["*"]),
        )
        self.register_outputs({"address": self.address})

    @property
    def directory(self) -> str:
        """HOSTDIR, under the checkout."""
        return str(names.host_directory(self.project, self.stack))

    @property
    def address(self) -> str:
        """Loopback: nothing of a local stack is reachable from elsewhere unless the gateway binds wider."""
        return "127.0.0.1"

    def run(
        self,
        name: str,
        *,
        create: str | None = None,
        delete: str | None = None,
        stdin: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions,
    ) -> Command:
        """A command by this machine's shell. See `Host.run`."""
        return command.local.Command(
            name, create=create, delete=delete, stdin=stdin, add_previous_output_in_env=False, opts=opts
        )

    def files(self, name: str, tree: Mapping[str, str], *, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Installs a tree by the checkout's own `install` script. See `Host.files`."""
        # Only the gateway's own files are tried by nginx, and refused while an app serves that they no longer know.
        reader = [names.gateway(self.project, self.stack)] if name == "gateway" else []
        install = shlex.join(["sh", str(INSTALL), self.directory, name, archive.digest(tree), *reader])
        return self.run(f"files-{name}", create=install, stdin=archive.pack(tree), opts=opts)

    def labels(self, role: str) -> dict[str, str]:
        """The labels by which everything of this stack is found again."""
        return {
            names.LABEL_PROJECT: self.project,
            names.LABEL_STACK: self.stack,
            names.LABEL_ENGINE: names.engine(),
            names.LABEL_ROLE: role,
        }


def refuse_another_docker() -> None:
    """A stray DOCKER_CONTEXT overrides the provider's host and would deploy to another machine."""
    for variable, allowed in (("DOCKER_CONTEXT", ("default",)), ("DOCKER_HOST", (SOCKET,))):
        value = os.environ.get(variable, "")
        if value and value not in allowed:
            raise pulumi.RunError(
                f"{variable}={value} is set, but this stack's host is `local` ({SOCKET}); "
                f"unset {variable} and try again"
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
