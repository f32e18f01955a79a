"""The kinds of machine. A new kind is one model in `config.hosts`, one file here and one `case`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from components.host import Host
from components.hosts.machine import Login
from config import hosts
from config.gce import GceHost
from config.profiles import Profile


def connect(
    name: str, section: hosts.Host, *, ports: Sequence[int], profile: Profile, logins: Sequence[Login] = ()
) -> Host:
    """The machine that the stack file's `host` section describes.

    `ports`: where the stack listens. `logins`: who its Docker is to registries when it pulls.
    """
    match section:
        case hosts.LocalHost():
            from components.hosts import local

            return local.Local(name, logins=logins)
        case hosts.SshHost():
            from components.hosts import ssh

            return ssh.Ssh(name, section, ports=ports, logins=logins)
        case GceHost():
            from components.hosts.gce import host

            return host.Gce(name, section, ports=ports, profile=profile, logins=logins)
        case _:
            assert_never(section)
