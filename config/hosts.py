"""The machine that carries the stack: one model per kind, told apart by `kind`.

Every `match` over `Host` ends in `assert_never`, so mypy names each file that has to know a new kind.
"""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import Field

from config.base import Flag, Model, Port
from config.forms import Text, Whole

HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""What a machine may prove itself with; the first is the one to pin where it is offered."""

HOST_KEY_COMMAND = "tandem host-key"


def _host_key_complaint(key: str) -> str | None:
    kind, _, blob = key.partition(" ")
    try:
        inside = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return f"has something after {kind} that is not base64: `{HOST_KEY_COMMAND}` shows the right one"
    said = inside[4 : 4 + int.from_bytes(inside[:4], "big")].decode("ascii", "replace")
    if said != kind:
        return f"says {kind} but is cut off or a key of another type: `{HOST_KEY_COMMAND}` shows the right one"
    return None


def _address_complaint(address: str) -> str | None:
    if not (":" in address or address.replace(".", "").isdigit()):
        return "must be at most 253 characters long" if len(address) > 253 else None
    try:
        ip_address(address)
    except ValueError:
        return "is no IP address"
    return None


_NAME = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EXAMPLE_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"

HostAddress = Annotated[
    str,
    Text(
        "must be a host name in lower case, or an IP address",
        "203.0.113.7",
        rf"{_NAME}(?:\.{_NAME})*|[0-9a-f]*:[0-9a-f:.]+",
        _address_complaint,
    ),
]
LoginName = Annotated[str, Text("must be the name of a user of the machine", "deploy", r"[a-z_][a-z0-9_-]{0,31}")]
KeyFile = Annotated[
    str,
    Text(
        "must be the path of a private key, from / or ~/ on, without spaces", "~/.ssh/id_ed25519", r"~?/[^\s%\"'$\\]+"
    ),
]
HostKey = Annotated[
    str,
    Text(
        "must be the machine's public key as one line, type and base64",
        _EXAMPLE_KEY,
        rf"(?:{'|'.join(HOST_KEY_TYPES)}) [A-Za-z0-9+/]+=*",
        _host_key_complaint,
        source=f"`{HOST_KEY_COMMAND}` shows and pins it",
    ),
]


class _Machine(Model):
    min_free_gb: Annotated[int, Whole(1, 10_000, 10, of="GB")] = 10
    """GB that must be free where Docker keeps its data before anything is deployed."""


class LocalHost(_Machine):
    """This machine's own Docker, by its socket."""

    kind: Literal["local"]


class Bastion(Model):
    """A machine on the way: only it is reached directly. The host's key or agent opens it too."""

    address: HostAddress
    port: Port = 22
    user: LoginName
    host_key: HostKey
    """The bastion's own public key."""


class SshHost(_Machine):
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


Host = Annotated[LocalHost | SshHost, Field(discriminator="kind")]
