"""The quick checks before every `up` and every move: 0.1 s, and only what would make it fail half-way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import names
from tandem.checks import disk, gateway, images, port, reach, secrets
from tandem.checks.finding import Finding
from tandem.exits import Stop
from tandem.images import supply_missing
from tandem.session import Session


def update(session: Session) -> Mapping[str, Any]:
    """What Docker says of itself. Raises Stop at the first thing that is not as it must be.

    The settings are checked by being read.
    """
    settings, host, docker = session.settings, session.host, session.docker
    name = names.gateway(session.stack.project, session.stack.stack)
    _ = session.engine  # its refusals come before the file is touched
    wanted = [settings.images.gateway, *images.wanted(settings)]
    host.foresee(bind=settings.gateway.bind, port=settings.gateway.port, gateway=name, images=wanted)
    demand(secrets.present(session))
    finding, info = reach.ask(docker)
    demand(finding)
    demand(disk.room(settings, info, host))
    demand(port.free(settings, docker, name, host))
    if session.may_send:
        supply_missing(wanted, session.supply)
    if host.engine() is None and not (session.folder / "engine").is_file():
        demand(images.gateway(settings, session.supply))
        demand(gateway.ours(docker, name, host))
    return info


def demand(finding: Finding) -> None:
    """Raises Stop when a finding is bad."""
    if finding.level == "bad":
        raise Stop(finding.line(), finding.code)
