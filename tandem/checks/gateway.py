"""Does the gateway's container name belong to this checkout?"""

from __future__ import annotations

from tandem.checks.finding import Finding, bad, good
from tandem.docker import Docker
from tandem.hosts.host import Host

MOUNT = "/gw"


def ours(docker: Docker, gateway: str, host: Host) -> Finding:
    """Whether a container of that name, if there is one, mounts this checkout's files."""
    source = docker.mount(gateway, MOUNT)
    if source is None:
        return good("gateway", f"{gateway} does not run yet")
    if source == f"{host.directory}/gateway":
        return good("gateway", f"{gateway} is this checkout's")
    remedy = "Name this stack otherwise (-s, Pulumi.<name>.yaml), or `tandem destroy` in the other checkout first"
    return bad("gateway", f"{gateway} belongs to another checkout ({source})", remedy)
