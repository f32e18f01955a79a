"""The kinds of machine. A new kind is one model in `config.hosts`, one file here and one `case`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from components.host import Host
from config import hosts
from config.gce import GceHost
from config.profiles import Profile


def connect(name: str, section: hosts.Host, *, ports: Sequence[int], profile: Profile) -> Host:
    """The machine that the stack file's `host` section describes. `ports`: where the stack listens."""
    match section:
        case hosts.LocalHost():
            from components.hosts import local

            return local.Local(name)
        case hosts.SshHost():
            from components.hosts import ssh

            return ssh.Ssh(name, section, ports=ports)
        case GceHost():
            from components.hosts.gce import host

            return host.Gce(name, section, ports=ports, profile=profile)
        case _:
            assert_never(section)
