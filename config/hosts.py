"""The machine that carries the stack: one model per kind, told apart by `kind`.

Every `match` over `Host` ends in `assert_never`, so mypy names each file that has to know a new kind.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import Flag, Model, Port
from config.gce import GceHost
from config.reach import HostAddress, HostKey, KeyFile, LoginName, Machine


class LocalHost(Machine):
    """This machine's own Docker, by its socket."""

    kind: Literal["local"]


class Bastion(Model):
    """A machine on the way: only it is reached directly. The host's key or agent opens it too."""

    address: HostAddress
    port: Port = 22
    user: LoginName
    host_key: HostKey
    """The bastion's own public key."""


class SshHost(Machine):
    """Any Debian or Ubuntu machine that one can log in to."""

    kind: Literal["ssh"]
    address: HostAddress
    """Name or IP that SSH goes to, and where clients reach the gateway unless `public_address` says otherwise."""
    public_address: HostAddress | None = None
    """Where clients reach the gateway, when that is elsewhere."""
    port: Port = 22
    """Port of SSH."""
    user: LoginName
    """Who deploys: a member of the group docker, with sudo that asks for no password. `tandem bootstrap` makes it."""
    key: KeyFile | None = None
    """Private key that opens the machine; the SSH agent when absent."""
    host_key: HostKey
    """The machine's public key: no other machine is talked to. `tandem host-key` shows and pins it."""
    bastion: Bastion | None = None
    """A machine on the way, where there is one."""
    hardening: Flag = False
    """Whether sshd takes keys only, and a firewall leaves only SSH and the gateway's port open."""

    @property
    def reached_at(self) -> str:
        """Where clients reach the gateway."""
        return self.public_address or self.address


Host = Annotated[LocalHost | SshHost | GceHost, Field(discriminator="kind")]
