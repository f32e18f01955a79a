"""A Compute Engine instance that the stack makes, as a `Host`."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.hosts.ssh import Ssh
from config.gce import GceHost
from config.hosts import SshHost


class Gce(Ssh):
    """A `Host` that the stack makes before it uses it."""

    def __init__(
        self, name: str, section: GceHost, *, ports: Sequence[int], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        if section.address is None or section.host_key is None:
            raise pulumi.RunError("the machine is not made yet")
        words = {"address": section.address, "host_key": section.host_key, "user": section.ssh.user}
        machine = SshHost(kind="ssh", hardening=section.hardening, key=section.ssh.key, port=section.ssh.port, **words)
        super().__init__(name, machine, ports=ports, opts=opts)
