"""`tandem check`: everything that can be looked at without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from config import names
from tandem.checks import disk, expects, gateway, images, jobs, memory, port, reach, secrets, state, storage, tree
from tandem.checks.finding import Finding, bad, good
from tandem.docker import DockerError
from tandem.engines.choose import missing_parts
from tandem.exits import Stop
from tandem.lifecycle import secret_files
from tandem.says import refusals
from tandem.stack.session import Session


def findings(session: Session, images_to_be: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """One finding after the other; what depends on a bad one is left out.

    `images_to_be`: app → an image that is to be deployed; absent = those of the stack file.
    """
    valid = config(session)
    yield valid
    yield from attempts("tree", lambda: tree.findings(session.stack.directory))
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
    ours = attempt("gateway", lambda: gateway.ours(session.docker, name, session.host))
    yield ours
    if ours.level == "good":
        yield from attempts("state", lambda: state.findings(session))
    yield attempt("image", lambda: images.gateway(session.settings, session.supply))
    if secret_files.used(session) and session.made:
        yield attempt("files", lambda: secret_files.finding(session))
    yield attempt("memory", lambda: memory.room(session, info))
    wanted = images.wanted(session.settings) if images_to_be is None else images.users(images_to_be)
    yield from attempts("image", lambda: images.named(session, wanted, info))
    yield from attempts("migrations", lambda: jobs.findings(session, images_to_be or {}))
    if session.made:
        yield from attempts("storage", lambda: storage.findings(session))
    told = None if images_to_be is None else {app: [image] for app, image in images_to_be.items()}
    yield from attempts("env", lambda: expects.findings(session, told))


def config(session: Session) -> Finding:
    """Whether the stack file is valid."""
    return attempt(
        "config", lambda: good("config", f"{session.stack.file.name}: {_counted(len(session.settings.apps))}")
    )


def _counted(apps: int) -> str:
    return "1 app" if apps == 1 else f"{apps or 'no'} apps"


def engine(session: Session) -> Finding:
    """Which engine runs this stack, and why."""
    chosen = session.engine_name
    missing = missing_parts(session.kind)
    if chosen == "offline" and missing:
        return good("engine", f"offline: {missing[0]}")
    return good("engine", chosen)


def attempts(subject: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Findings, as far as they could be made, and why not further."""
    try:
        yield from look()
    except Stop as stop:
        yield bad(subject, str(stop), "", stop.code)
    except DockerError as error:
        yield bad(subject, str(error), "See `docker info`")
    except OSError as error:
        found, _, remedy = refusals.told(error).partition("\n")
        yield bad(subject, found, remedy)


def attempt(subject: str, look: Callable[[], Finding]) -> Finding:
    """A finding, or why it could not be made."""
    return next(iter(attempts(subject, lambda: [look()])))
