"""Is the gateway's port free, or ours already? If not: whose, and which setting to change."""

from __future__ import annotations

import time

from config.settings import Settings
from tandem.checks.finding import Finding, bad, good
from tandem.docker import Docker
from tandem.hosts.host import Host

LOOKS_AGAIN = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each further look at a port that Docker holds for no container that runs: one starts or stops."""
_DOCKERS_OWN = "docker-proxy"


def free(settings: Settings, docker: Docker, gateway: str, host: Host) -> Finding:
    """Whether the stack may have its port. `gateway` is the name of its own gateway container."""
    if not any(app.port for app in settings.apps.values()):
        return good("port", "no app has a port")
    found = _look(settings, docker, gateway, host)
    for pause in LOOKS_AGAIN:
        if _DOCKERS_OWN not in found.found:
            break
        time.sleep(pause)
        found = _look(settings, docker, gateway, host)
    return found


def _look(settings: Settings, docker: Docker, gateway: str, host: Host) -> Finding:
    port, bind = settings.gateway.port, settings.gateway.bind
    holders = docker.publishes(port)
    if gateway in holders:
        return good("port", f"{port} is served by {gateway}")
    remedy = "Change `tandem:gateway: {port: …}` in the stack file, or stop what holds it"
    if holders:
        return bad("port", f"{port} is published by the container {', '.join(holders)}", remedy)
    taken = host.port_taken(bind, port)
    if taken is None:
        return good("port", f"{bind}:{port} is free")
    if taken.held:
        return bad("port", f"{bind}:{port} {taken.why}", remedy)
    return bad("port", f"{bind}:{port}: {taken.why}", "Change `tandem:gateway: {bind: …, port: …}` in the stack file")
