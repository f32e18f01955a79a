"""How a machine is reached by `ssh`: options, pin, bastion, tunnel. Pure: the same words in every checkout.

They end up in the state of the engine (the provider's options, the text of commands), so nothing here depends on who
runs them. Program and command use the same words, hence the same connection.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from typing import Any

from config.hosts import Bastion, SshHost
from config.reached import Reached

CONTROL_FOLDER = "~/.tandem/ssh"
"""Where the sockets of open connections are; whoever runs `ssh` makes it, mode 0700."""

SELF_KEY = "/etc/tandem/self_ed25519"
"""A machine's key for itself; `ssh` passes over it where there is none."""

PERSIST = 60
"""Seconds a connection stays open after its last use."""

_ALGORITHMS = {"ssh-rsa": "rsa-sha2-512,rsa-sha2-256"}
"""Type of a key → the signatures that it gives, where they have another name."""


def options(host: SshHost) -> tuple[str, ...]:
    """`-o`, `Name=value`, …: everything but the destination."""
    shared = {
        "ControlMaster": "auto",
        "ControlPath": control_path(host),
        "ControlPersist": str(PERSIST),
        # A forwarded socket that a killed client has left is no obstacle.
        "StreamLocalBindUnlink": "yes",
    }
    words = _words({"Port": str(host.port), **_pin(host.host_key), **_SAFE, **shared, **_proxy(host)})
    return (*words, *_keys(host))


def destination(host: SshHost) -> str:
    """`deploy@203.0.113.7`."""
    return f"{host.user}@{host.address}"


def command(host: SshHost, words: str) -> list[str]:
    """The argument list that runs `words` by the login shell of the machine."""
    return ["ssh", "-T", *options(host), "--", destination(host), words]


def text(host: SshHost, words: str) -> str:
    """The same for a shell."""
    return shlex.join(command(host, words))


def docker_url(host: SshHost) -> str:
    """`ssh://deploy@203.0.113.7:22`."""
    address = f"[{host.address}]" if ":" in host.address else host.address
    return f"ssh://{host.user}@{address}:{host.port}"


def itself(host: SshHost, bastion: Bastion) -> SshHost:
    """The bastion as a machine of its own; the host's key or agent opens it."""
    way = {name: getattr(bastion, name) for name in ("address", "port", "user", "host_key")}
    return host.model_copy(update={**way, "bastion": None})


def alone(host: SshHost, words: str) -> list[str]:
    """The same over a connection of its own, which says more where it fails."""
    argv = command(host, words)
    return [argv[0], *_words({"ControlMaster": "no", "ControlPath": "none", "LogLevel": "INFO"}), *argv[1:]]


def knock(host: SshHost) -> list[str]:
    """A log-in that cannot be, at whoever answers there: nothing is told, and nobody has to be known."""
    own = {"StrictHostKeyChecking": "no", "KnownHostsCommand": "none", "PreferredAuthentications": "none"}
    name, *rest = alone(host, "true")
    return [name, *_words(own), *rest]


def to_master(host: SshHost, *words: str) -> list[str]:
    """A word to the open connection, for example `-O exit`."""
    return ["ssh", *words, *options(host), "--", destination(host)]


def docker_socket(host: SshHost) -> str:
    """Where the machine's Docker socket is found here while a connection is open."""
    return f"{CONTROL_FOLDER}/{_digest([destination(host), host.port, *_way(host)])}.docker"


def control_path(host: SshHost) -> str:
    """The socket of the open connection: another pin, key or way never rides on it."""
    return f"{CONTROL_FOLDER}/%C-{_digest(_way(host))}"


def _way(host: SshHost) -> list[Any]:
    tunnel = [host.tunnel.command] if isinstance(host, Reached) and host.tunnel else []
    return [host.host_key, host.key, host.bastion.model_dump() if host.bastion else None, *tunnel]


def _digest(said: list[Any]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]


_SAFE = {
    "BatchMode": "yes",
    "ConnectTimeout": "10",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "UserKnownHostsFile": "/dev/null",
    "GlobalKnownHostsFile": "/dev/null",
    "StrictHostKeyChecking": "yes",
    "CheckHostIP": "no",
    "UpdateHostKeys": "no",
    "LogLevel": "ERROR",
}
"""No question, no other memory of host keys, and an end to waiting."""


def _pin(host_key: str) -> Mapping[str, str]:
    kind = host_key.partition(" ")[0]
    return {
        "HostKeyAlgorithms": _ALGORITHMS.get(kind, kind),
        # A known_hosts file without a file: the machine that is asked for, and the one key it may have.
        "KnownHostsCommand": f"/bin/echo %H {host_key}",
    }


def _keys(host: SshHost) -> tuple[str, ...]:
    chosen = _words({"IdentitiesOnly": "yes", "IdentityFile": host.key}) if host.key else ()
    return (*chosen, *_words({"IdentityFile": SELF_KEY}))


def _proxy(host: SshHost) -> Mapping[str, str]:
    """What carries the connection where nothing else does: a bastion, or a tunnel."""
    if host.bastion is not None:
        return {"ProxyCommand": _through(host, host.bastion)}
    if isinstance(host, Reached) and host.tunnel:
        return {"ProxyCommand": host.tunnel.command}
    return {}


def _through(host: SshHost, bastion: Bastion) -> str:
    # Half the time of the whole: who asks why a connection failed tries once more, and 15 s are all there is.
    own = {**_SAFE, "ConnectTimeout": "5", "ControlPath": "none"}
    words = _words({"Port": str(bastion.port), **_pin(bastion.host_key), **own})
    inner = shlex.join(["ssh", "-T", *words, *_keys(host)])
    # The outer `ssh` reads % signs first: only where to go is for it.
    return f"{inner.replace('%', '%%')} -W [%h]:%p {bastion.user}@{bastion.address}"


def _words(said: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(word for name, value in said.items() for word in ("-o", f"{name}={value}"))
