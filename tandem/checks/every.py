"""`tandem check`: everything that can be looked at without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from config import names
from tandem.checks import disk, gateway, images, memory, port, reach, secrets
from tandem.checks.finding import Finding, bad, good
from tandem.docker import DockerError
from tandem.engines.choose import missing_parts
from tandem.exits import Stop
from tandem.session import Session


def findings(session: Session) -> Iterator[Finding]:
    """One finding after the other; what depends on a bad one is left out."""
    valid = attempt("config", lambda: good("config", f"{session.stack.file.name}: {len(session.settings.apps)} app(s)"))
    yield valid
    if valid.level == "bad":
        return
    yield from secrets.findings(session, datetime.now(UTC).date())
    yield attempt("engine", lambda: engine(session))
    docker, info = reach.ask(session.docker)
    yield docker
    yield from reach.elsewhere(session.stray, session.docker.endpoint)
    yield disk.room(session.settings, info, session.host)
    if docker.level == "bad":
        return
    project, stack = session.stack.project, session.stack.stack
    name = names.gateway(project, stack)
    yield attempt("port", lambda: port.free(session.settings, session.docker, name, session.host))
    yield attempt("gateway", lambda: gateway.ours(session.docker, name, session.host))
    yield attempt("image", lambda: images.gateway(session.settings, session.supply))
    yield attempt("memory", lambda: memory.room(session, info))
    yield from images.named(session.settings, session.supply)


def engine(session: Session) -> Finding:
    """Which engine runs this stack, and why."""
    chosen = session.engine_name
    missing = missing_parts(session.kind)
    if chosen == "offline" and missing:
        return good("engine", f"offline ({missing[0]})")
    return good("engine", chosen)


def attempt(subject: str, look: Callable[[], Finding]) -> Finding:
    """A finding, or why it could not be made."""
    try:
        return look()
    except Stop as stop:
        return bad(subject, str(stop), "", stop.code)
    except DockerError as error:
        return bad(subject, str(error), "See `docker info`")
