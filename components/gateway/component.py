"""The gateway container and its files. Nothing that changes per deploy is an input of it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from components.gateway import render
from components.host import Host, label_list
from config import gateway as config
from config import names
from config.apps import App

MEMORY = 256
"""MiB. Measured: 16 with one app, 42 with sixty, and about 2 per old worker that still carries a stream."""

CAPABILITIES = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETGID", "CAP_SETUID")


class Gateway(pulumi.ComponentResource):
    """nginx on the host's port, routing by domain to whatever each app's live file says.

    Its host port makes every replacement delete-first: an announced outage, never part of a deploy. Hence its
    configuration is files plus reload, and its image a separate, named change.
    """

    def __init__(
        self,
        name: str,
        section: config.Gateway,
        *,
        apps: Mapping[str, App],
        image: str,
        host: Host,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tandem:Gateway", name, {}, opts)
        self.section = section
        self.container_name = names.gateway(host.project, host.stack)
        self.image = image
        self._address = host.address
        tree = render.files(
            render.sites(apps, project=host.project, stack=host.stack),
            portless=[app for app in apps if not apps[app].port],
        )
        self.files = host.files("gateway", tree, opts=pulumi.ResourceOptions(parent=self))
        container = docker.Container(
            name,
            name=self.container_name,
            image=image,
            read_only=True,
            restart="unless-stopped",
            stop_signal="SIGQUIT",
            destroy_grace_seconds=10,
            memory=MEMORY,
            memory_swap=MEMORY,
            capabilities={"adds": list(CAPABILITIES), "drops": ["ALL"]},
            security_opts=["no-new-privileges:true"],
            log_driver="json-file",
            log_opts={"max-size": "10m", "max-file": "3"},
            labels=label_list(host.labels("gateway")),
            mounts=[_files_mount(host), *(_tmpfs_mount(path) for path in render.TMPFS)],
            networks_advanced=[{"name": names.stack_prefix(host.project, host.stack)}],
            ports=[{"internal": 80, "external": section.port, "ip": section.bind, "protocol": "tcp"}],
            opts=pulumi.ResourceOptions(parent=self, provider=host.docker, depends_on=[host.network, self.files]),
        )
        self.parts: list[pulumi.Resource] = [self.files, container]
        self.register_outputs({"container": self.container_name})

    def url(self, app: App) -> pulumi.Input[str] | None:
        """Where a browser finds the app; None for one without a port."""
        if not app.port:
            return None
        where = app.domains[0] if app.domains else self._address
        if isinstance(where, str):
            return self.section.url(where)
        return pulumi.Output.concat(where).apply(self.section.url)


def _files_mount(host: Host) -> docker.ContainerMountArgsDict:
    """A folder, not files: a bind-mounted file would not follow a rename."""
    return {"type": "bind", "source": f"{host.directory}/gateway", "target": "/gw"}


def _tmpfs_mount(path: str) -> docker.ContainerMountArgsDict:
    return {"type": "tmpfs", "target": path, "tmpfs_options": {"size_bytes": 64 << 20}}
