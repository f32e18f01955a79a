"""The quick checks before every `up` and every move: 0.1 s, and only what would make it fail half-way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import names
from tandem.checks import disk, gateway, images, port, reach
from tandem.checks.finding import Finding
from tandem.exits import Stop
from tandem.session import Session


def update(session: Session) -> Mapping[str, Any]:
    """What Docker says of itself. Raises Stop at the first thing that is not as it must be.

    The settings are checked by being read.
    """
    settings = session.settings
    _ = session.engine  # its refusals come before the file is touched
    docker = session.docker
    finding, info = reach.ask(docker)
    demand(finding)
    demand(disk.room(settings, info))
    name = names.gateway(session.stack.project, session.stack.stack)
    demand(port.free(settings, docker, name))
    if not (session.folder / "engine").is_file():
        demand(images.gateway(settings, docker))
        demand(gateway.ours(docker, name, names.host_directory(session.stack.project, session.stack.stack)))
    return info


def demand(finding: Finding) -> None:
    """Raises Stop when a finding is bad."""
    if finding.level == "bad":
        raise Stop(finding.line(), finding.code)
