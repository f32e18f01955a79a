"""This machine's Docker, by its own socket. No SSH, no systemd, files under the checkout."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_command as command
import pulumi_docker as docker

from components import archive
from components.host import Command
from components.hosts.machine import Login, Machine, refuse_another_docker, refuse_another_engine
from config import names, secret_files
from config.secret_files import Places

SOCKET = "unix:///var/run/docker.sock"
INSTALL = names.ROOT / "components" / "gateway" / "files" / "host" / "install"


class Local(Machine):
    """A `Host` that is the machine the program runs on."""

    def __init__(self, name: str, *, logins: Sequence[Login] = (), opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        refuse_another_docker(f"`local` ({SOCKET})", {"DOCKER_CONTEXT": ("default",), "DOCKER_HOST": (SOCKET,)})
        refuse_another_engine(self.project, self.stack)
        self.docker = docker.Provider(
            f"{name}-docker",
            host=SOCKET,
            registry_auth=list(logins) or None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.network = self.own_network(name)
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

    def secret_files(self, helper: str) -> Places:
        """See `Host.secret_files`."""
        places = secret_files.here(self.project, self.stack, helper)
        if places is None:
            raise pulumi.RunError(
                "delivery: files needs a tmpfs at /run or /dev/shm, and this machine has none; say delivery: env here"
            )
        return places

    def files(self, name: str, tree: Mapping[str, str], *, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Installs a tree by the checkout's own `install` script. See `Host.files`."""
        # Only the gateway's own files are tried by nginx, and refused while an app serves that they no longer know.
        reader = [names.gateway(self.project, self.stack)] if name == "gateway" else []
        install = shlex.join(["sh", str(INSTALL), self.directory, name, archive.digest(tree), *reader])
        return self.run(names.files(name), create=install, stdin=archive.pack(tree), opts=opts)
