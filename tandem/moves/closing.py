"""`close`: the only way by which an app that serves stops serving without a successor, short of `destroy`."""

from __future__ import annotations

from collections.abc import Mapping

from config import names
from tandem.exits import environment, usage
from tandem.hosts.routing import Routing
from tandem.stack.session import Session

CLOSE_LIMIT = 60.0


def known(session: Session, app: str) -> Mapping[str, Routing]:
    """What the host routes, this app among it. Raises Stop (usage) for one that it does not know."""
    routing = session.host.truth().routing
    if app not in routing:
        raise usage(f"{app}: the host knows no such app; it has {', '.join(sorted(routing)) or 'none'}")
    return routing


def close(session: Session, app: str) -> None:
    """Runs the host's own script for it. An app that is no longer in the stack file can be closed too."""
    with session.alone(f"close {app}", engine=False):
        routing = known(session, app)
        gateway = names.gateway(session.stack.project, session.stack.stack)
        said = session.host.script("close", app, told=f"gateway {gateway}\nend\n", limit=CLOSE_LIMIT)
        if said.returncode != 0:
            raise environment(f"close {app}: {said.stderr.strip() or f'exit code {said.returncode}'}")
        was = routing[app].live or "nothing"
        session.show.say(f"{app}: closed, {was} served it; next: take it out of the stack file, then `tandem up`")
