"""Does this checkout still know what it once made? A stack that runs without its state would be made a second time."""

from __future__ import annotations

from collections.abc import Iterator

from config import names
from tandem.checks.finding import Finding, bad, good
from tandem.engines.offline.store import LocalStore
from tandem.engines.pulumi_backend import Backend
from tandem.stack.session import Session

SUBJECT = "state"


def may_be_lost(session: Session) -> bool:
    """Whether the state belongs into this checkout, and is not there: nothing was made yet, or it was removed."""
    if session.kind != "local":
        return False
    if session.engine_name == "offline":
        return not LocalStore(session.folder, session.stack.stack).read()
    backend = Backend(session.stack, embedded=session.local)
    return backend.embedded and not backend.checkpoint.is_file()


def findings(session: Session) -> Iterator[Finding]:
    """What is wrong with it; nothing is said of a state that is there, or that nothing needs yet."""
    if may_be_lost(session) and (found := known(session)).level == "bad":
        yield found


def known(session: Session) -> Finding:
    """Whether nothing is there that an engine made; asked where the state is empty."""
    there = [box.name for box in session.docker.containers(session.labels) if box.engine]
    if not there:
        return good(SUBJECT, "nothing is made yet")
    prefix = names.stack_prefix(session.stack.project, session.stack.stack)
    labels = " ".join(f"--filter label={name}={value}" for name, value in session.labels.items())
    return bad(
        SUBJECT,
        f"{', '.join(there)} run, but the state that knows them is gone from {session.folder}",
        "What serves goes on meanwhile. Put that folder back, from a backup or another copy of the checkout. Where "
        "there is none, remove what is there (an outage; volumes stay), then `tandem up`:\n"
        f"docker rm --force $(docker ps --all --quiet {labels}); docker network rm {prefix}",
    )
