"""The words by which any machine is reached: address, login, key, and the key it proves itself with."""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_address
from typing import Annotated

from config.base import LABEL, Model
from config.forms import Text, Whole

HOST_KEY_TYPES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""What a machine may prove itself with; the first is the one to pin where it is offered."""

HOST_KEY_COMMAND = "tandem host-key"

NOBODYS_KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)).decode()
"""Stands where a host key is still to come; no machine has it."""


_PARTS = {"ssh-ed25519": 2}
"""Type → how many parts such a key has, its type counted; the others have three (RFC 4253, 5656, 8709)."""


def _parts(blob: bytes) -> list[bytes]:
    """The parts of a public key, each behind its length; none for one that is cut off."""
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            return []
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return parts


def _host_key_complaint(key: str) -> str | None:
    kind, _, blob = key.partition(" ")
    try:
        inside = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return f"has something after {kind} that is not base64: `{HOST_KEY_COMMAND}` shows the right one"
    parts = _parts(inside)
    if len(parts) != _PARTS.get(kind, 3) or parts[0] != kind.encode():
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


_EXAMPLE_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"

HostAddress = Annotated[
    str,
    Text(
        "must be a host name in lower case, or an IP address",
        "203.0.113.7",
        rf"{LABEL}(?:\.{LABEL})*|[0-9a-f]*:[0-9a-f:.]+",
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


class Machine(Model):
    """What every kind of host says."""

    min_free_gb: Annotated[int, Whole(1, 10_000, 10, of="GB")] = 10
    """GB that must be free where Docker keeps its data before anything is deployed."""
