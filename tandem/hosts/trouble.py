"""What `ssh` says when it fails, as one message for people: what is wrong, and the fix. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from config.hosts import SshHost
from config.reach import HOST_KEY_COMMAND

SHOWN = re.compile(r"fingerprint for the (\S+) key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]+)")
OFFERED = re.compile(r"no matching host key type found\. Their offer: (\S+)")


@dataclass(frozen=True)
class Door:
    """The machine that failed to let in: the host, or the bastion before it."""

    name: str
    address: str
    port: int
    user: str
    key: str | None
    host_key: str
    section: str
    """Where the stack file speaks of it."""

    def __str__(self) -> str:
        return f"{self.name} {self.user}@{self.address}:{self.port}"


def door(host: SshHost) -> Door:
    """The host itself."""
    return Door("host", host.address, host.port, host.user, host.key, host.host_key, "tandem:host")


def bastion(host: SshHost) -> Door | None:
    """The machine before it, where there is one."""
    if host.bastion is None:
        return None
    way = host.bastion
    return Door("bastion", way.address, way.port, way.user, host.key, way.host_key, "tandem:host: bastion")


def explain(door: Door, said: str) -> str:
    """The message for what `ssh` wrote on stderr."""
    for words, message in _KNOWN.items():
        if words in said:
            return f"{door}: {message(door, said)}"
    last = next((line for line in reversed(said.strip().splitlines()) if line.strip()), "ssh ended without a word")
    return f"{door}: cannot log in: {last}\nTry it by hand: tandem ssh"


def is_known(said: str) -> bool:
    """Whether these words tell what is wrong."""
    return any(words in said for words in _KNOWN)


def is_about_keys(said: str) -> bool:
    """Whether the machine was reached, and knows none of the keys that it was shown."""
    return next((_KNOWN[words] for words in _KNOWN if words in said), None) is _not_let_in


def no_key_file(door: Door, tried: str | None = None) -> str:
    """The message for a key that is not there; `tried`: another one, which did not open it."""
    more = f", and {tried} does not open it" if tried else ""
    return (
        f"{door}: the key file {door.key} does not exist here{more}\n"
        f"Look at {door.section}: key; without one the SSH agent's keys are taken"
    )


def silence(door: Door, seconds: float) -> str:
    """The message for no answer at all."""
    return f"{door}: {_timeout(door, f'within {seconds:g} s')}"


def fingerprint(key: str) -> str:
    """`SHA256:…` of `TYPE BASE64`, as ssh-keygen says it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _another_key(door: Door, said: str) -> str:
    shown, offered = SHOWN.search(said), OFFERED.search(said)
    what = f"{shown[1]} {shown[2]}" if shown else f"keys of type {offered[1]} only" if offered else "another one"
    kind = door.host_key.split()[0]
    return (
        f"shows another host key than the stack file pins; nothing was sent to it\n"
        f"  pinned  {kind} {fingerprint(door.host_key)}\n"
        f"  shown   {what}\n"
        f"Either the machine was made anew, or somebody stands in between. Ask its console "
        f"(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); when that says the same as `shown`: "
        f"{HOST_KEY_COMMAND} --replace"
    )


def _not_let_in(door: Door, said: str) -> str:
    methods = re.search(r"Permission denied \(([^)]*)\)", said)
    way = f"the key {door.key}" if door.key else "no key of the SSH agent"
    does = "does not open it" if door.key else "opens it"
    return (
        f"{way} {does} (it takes: {methods[1] if methods else '?'})\n"
        f"Look at {door.section}: user and key, and whether its ~/.ssh/authorized_keys has the key. "
        f"A bare machine: tandem bootstrap --as root"
    )


def _bad_key_file(door: Door, _said: str) -> str:
    return f"the key file {door.key} may be read by others, so ssh does not use it\nchmod 600 {door.key}"


def _unresolved(door: Door, _said: str) -> str:
    return f"the name {door.address} does not resolve\nLook at {door.section}: address, and at your network"


def _refused(door: Door, _said: str) -> str:
    return (
        f"nobody listens there (connection refused)\n"
        f"Look at {door.section}: port, and whether sshd runs: `systemctl status ssh` on its console"
    )


def _no_route(door: Door, _said: str) -> str:
    return f"there is no route to it\nLook at {door.section}: address, and at your network or VPN"


def _timeout(door: Door, within: str) -> str:
    return (
        f"no answer {within if within.startswith('within') else 'within 10 s'}\n"
        f"A firewall may drop the packets, the machine may be off, or {door.section}: address is wrong"
    )


def _hung_up(_door: Door, _said: str) -> str:
    return (
        "sshd hung up before the log-in\n"
        "It may be starting, or has too many log-ins at once (MaxStartups); try again in a moment"
    )


def _sessions(_door: Door, _said: str) -> str:
    return "sshd allows no more sessions on one connection (MaxSessions)\n`tandem bootstrap` raises it to 100"


def _no_gcloud(_door: Door, _said: str) -> str:
    return (
        "the way to it is Google's Identity-Aware Proxy, and `gcloud` is not on PATH\n"
        "Install Google's command line tools (https://cloud.google.com/sdk/docs/install) and log in: gcloud auth login"
    )


def _no_login_at_google(_door: Door, _said: str) -> str:
    return (
        "gcloud is not logged in here, or its log-in has expired\nLog in: gcloud auth login (in CI: its own identity)"
    )


def _no_tunnel(_door: Door, _said: str) -> str:
    return (
        "Google's Identity-Aware Proxy lets nobody through with this account\n"
        "Look at tandem:host: ssh: deployers, which gives roles/iap.tunnelResourceAccessor; a new role takes minutes"
    )


def _no_backend(_door: Door, _said: str) -> str:
    return (
        "Google's Identity-Aware Proxy reaches the project, but not the machine's port\n"
        "It may be starting, or be stopped: gcloud compute instances list"
    )


_KNOWN: dict[str, Callable[[Door, str], str]] = {
    "gcloud: not found": _no_gcloud,
    "gcloud: command not found": _no_gcloud,
    "Reauthentication": _no_login_at_google,
    "gcloud auth login": _no_login_at_google,
    "4033: 'not authorized'": _no_tunnel,
    "4003: 'failed to connect to backend'": _no_backend,
    "HOST IDENTIFICATION HAS CHANGED": _another_key,
    "no matching host key type found": _another_key,
    "Host key verification failed": _another_key,
    "UNPROTECTED PRIVATE KEY FILE": _bad_key_file,
    "Permission denied (": _not_let_in,
    "Too many authentication failures": _not_let_in,
    "Could not resolve hostname": _unresolved,
    "Connection refused": _refused,
    "No route to host": _no_route,
    "Network is unreachable": _no_route,
    "Connection timed out": _timeout,
    "Operation timed out": _timeout,
    "Connection to UNKNOWN port": _timeout,
    "timed out during banner exchange": _timeout,
    "Session open refused by peer": _sessions,
    "kex_exchange_identification": _hung_up,
    "Connection closed by": _hung_up,
    "Connection reset by": _hung_up,
}
"""Words of `ssh` → the message; the first that fits."""
