"""A Compute Engine instance as a machine behind SSH: what it becomes once its address and host key are known. Pure."""

from __future__ import annotations

from config import google_names
from config.base import Model, Port
from config.gce import GceHost
from config.hosts import SshHost


class Tunnel(Model):
    """The way through Google's Identity-Aware Proxy, where only that may reach port 22."""

    project: str
    zone: str
    instance: str
    port: Port

    @property
    def command(self) -> str:
        """What carries the connection. Google's own command: it knows who is logged in here."""
        return (
            f"gcloud compute start-iap-tunnel {self.instance} {self.port} --listen-on-stdin "
            f"--project={self.project} --zone={self.zone} --verbosity=warning"
        )


class Reached(SshHost):
    """An instance that answers."""

    tunnel: Tunnel | None = None


def machine(host: GceHost, project: str, stack: str, address: str, host_key: str) -> Reached:
    """How the instance of a stack is reached. Raises ValidationError for an address or a key that is none."""
    door = host.ssh
    instance = google_names.resource(project, stack)
    tunnel = Tunnel(project=host.project, zone=host.zone, instance=instance, port=door.port)
    return Reached(
        kind="ssh",
        address=address,
        port=door.port,
        user=door.user,
        key=door.key,
        host_key=host_key,
        hardening=host.hardening,
        min_free_gb=host.min_free_gb,
        tunnel=tunnel if door.sources == "iap" else None,
    )


def known(host: GceHost, project: str, stack: str) -> Reached | None:
    """The same where the stack file says both already."""
    if host.address is None or host.host_key is None:
        return None
    return machine(host, project, stack, host.address, host.host_key)
