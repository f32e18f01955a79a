"""A machine behind SSH. Its commands are `ssh … 'COMMAND'` by this machine's own `ssh`, as the docker provider's are.

One pin, one set of options, one shared connection; see docs/decisions/0007.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pulumi
import pulumi_command as command
import pulumi_docker as docker

from components import archive
from components.host import Command
from components.hosts import bootstrap
from components.hosts.local import INSTALL
from components.hosts.machine import Login, Machine, refuse_another_docker, refuse_another_engine
from config import names, secret_files, ssh
from config.bootstrap import REMOVE, RUN
from config.hosts import SshHost
from config.secret_files import Places

Said = TypeVar("Said")

NEVER: Mapping[str, tuple[str, ...]] = dict.fromkeys(("DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_SSH_OPTS"), ())
"""Variables that would send Docker elsewhere, whatever they say."""

_UNPACKED = 'IFS= read -r script; exec sh -c "$(printf %s "$script" | base64 -d)" "$@"'
"""Runs the script on the first line of stdin (base64), which finds its own input behind it."""

_TAKEN_BACK = '[ ! -f "$1" ] || exec sh "$@"'
"""Runs a script that the machine may have lost already."""

_NOW = '"$(date +%s)"'
"""This machine's clock, for the other to compare; its shell fills it in, so that the text stays the same."""


class BehindSsh(Machine):
    """What every machine behind SSH has in common, once it can be reached.

    How it is reached may be an output: of a machine that this very run makes. The texts are the same words then.
    """

    machine: SshHost | pulumi.Output[SshHost]

    def _reach(
        self,
        name: str,
        machine: SshHost | pulumi.Output[SshHost],
        *,
        ports: Sequence[int],
        logins: Sequence[Login] = (),
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """Bootstrap, Docker, network. `ports`: what its firewall leaves open, where it has one."""
        self.machine = machine
        # `ssh` shares its connection by a socket there; without the folder no command could begin.
        Path(ssh.CONTROL_FOLDER).expanduser().mkdir(mode=0o700, parents=True, exist_ok=True)
        self.ready = self._bootstrap(f"{name}-ready", ports, after)
        self.docker = docker.Provider(
            f"{name}-docker",
            host=self._said(ssh.docker_url),
            ssh_opts=self._said(lambda there: list(ssh.options(there))),
            registry_auth=list(logins) or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.ready]),
        )
        self.network = self.own_network(name)

    @property
    def directory(self) -> str:
        """HOSTDIR on the machine."""
        return names.remote_directory(self.project, self.stack)

    def run(
        self,
        name: str,
        *,
        create: str | None = None,
        delete: str | None = None,
        stdin: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions,
    ) -> Command:
        """A command by the machine's login shell. See `Host.run`."""
        return command.local.Command(
            name,
            create=self._there(create),
            delete=self._there(delete),
            stdin=stdin,
            add_previous_output_in_env=False,
            opts=opts,
        )

    def secret_files(self, helper: str) -> Places:  # noqa: ARG002  (root needs none)
        """See `Host.secret_files`."""
        return secret_files.on_machine(self.project, self.stack)

    def files(self, name: str, tree: Mapping[str, str], *, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        """Installs a tree by the `install` script that travels before it: one exec. See `Host.files`."""
        reader = [names.gateway(self.project, self.stack)] if name == "gateway" else []
        words = ["sh", "-c", _UNPACKED, "unpack", "install", self.directory, name, archive.digest(tree), *reader]
        script = base64.b64encode(INSTALL.read_bytes()).decode()
        after_it = pulumi.ResourceOptions(depends_on=[self.ready])
        return self.run(
            names.files(name),
            create=shlex.join(words),
            stdin=f"{script}\n{archive.pack(tree)}",
            opts=pulumi.ResourceOptions.merge(opts, after_it),
        )

    def _bootstrap(self, name: str, ports: Sequence[int], after: Sequence[pulumi.Resource]) -> Command:
        """Makes the machine fit, and stands before everything else on it."""
        stack = names.stack_prefix(self.project, self.stack)
        runs = shlex.join(["sh", "-c", RUN, "bootstrap"])
        return command.local.Command(
            name,
            create=self._said(lambda there: f"{ssh.text(there, runs)} {_NOW}"),
            delete=self._there(shlex.join(["sh", "-c", _TAKEN_BACK, "take-back", REMOVE, stack])),
            stdin=self._said(lambda there: archive.pack(self._tree(there, ports))),
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _tree(self, there: SshHost, ports: Sequence[int]) -> dict[str, str]:
        return bootstrap.tree(there, self.project, self.stack, names.engine(), gateway_ports=ports)

    def _there(self, words: str | None) -> pulumi.Input[str] | None:
        return self._said(lambda there: ssh.text(there, words)) if words is not None else None

    def _said(self, words: Callable[[SshHost], Said]) -> pulumi.Input[Said]:
        """What depends on how the machine is reached: plain where that is known now."""
        return words(self.machine) if isinstance(self.machine, SshHost) else self.machine.apply(words)


class Ssh(BehindSsh):
    """A `Host` that exists already. `ports`: what its firewall leaves open, where it has one."""

    def __init__(
        self,
        name: str,
        section: SshHost,
        *,
        ports: Sequence[int],
        logins: Sequence[Login] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts)
        self.section = section
        refuse_another_docker(f"`ssh` ({ssh.docker_url(section)})", NEVER)
        refuse_another_engine(self.project, self.stack)
        self._reach(name, section, ports=ports, logins=logins)
        self.register_outputs({"address": self.address})

    @property
    def address(self) -> str:
        """Where clients reach the machine."""
        return self.section.reached_at
