"""The quick checks before every `up` and every move: 0.1 s, and only what would make it fail half-way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import names
from tandem.checks import disk, gateway, images, network, port, reach, secrets, state
from tandem.checks.finding import Finding
from tandem.docker import pulls
from tandem.docker.images import supply_missing
from tandem.exits import Stop
from tandem.stack.session import Session


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
        pulls.pull_missing(session, wanted)
    if host.engine() is None and not (session.folder / "engine").is_file():
        demand(images.gateway(settings, session.supply))
        demand(gateway.ours(docker, name, host))
    demand_known(session)
    return info


def demand_known(session: Session) -> None:
    """Raises Stop where what runs under the stack's name was made by another checkout, or by a state that is gone."""
    if state.may_be_lost(session):
        name = names.gateway(session.stack.project, session.stack.stack)
        demand(gateway.ours(session.docker, name, session.host))
        demand(state.known(session))


def demand_removable(session: Session) -> None:
    """Raises Stop where Docker would refuse to remove a part of the stack."""
    name = names.stack_prefix(session.stack.project, session.stack.stack)
    demand(network.removable(session.docker, name, session.labels))


def demand(finding: Finding) -> None:
    """Raises Stop when a finding is bad."""
    if finding.level == "bad":
        raise Stop(finding.line(), finding.code)
