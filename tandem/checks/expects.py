"""Does every app get the variables that it expects (docs/contracts.md)? By the stack file, the sources, the image."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from config.load import kept_names
from config.slots import COLOURS, Rollout
from config.storage_env import environment
from tandem.checks import secrets
from tandem.checks.finding import Finding, bad, good, note
from tandem.checks.variables import Row, Sources, rows
from tandem.docker import Image
from tandem.exits import Stop
from tandem.moves.plans import Plan
from tandem.stack.session import Session

Held = Mapping[str, bool | None]
"""Secret → whether its source has a value; None where nobody knows without asking elsewhere."""


def findings(session: Session, images: Mapping[str, Sequence[str]] | None = None) -> Iterator[Finding]:
    """One per app that expects variables, or one for each that is not as it should be.

    `images`: app → what it is to run; absent = the releases of the stack file that follow today's settings.
    """
    apps = [name for name, app in session.settings.apps.items() if app.expects.variables]
    held = known(session) if apps else {}
    for name in apps:
        wanted = current(session.settings.rollout(name)) if images is None else images.get(name, ())
        found = _worst(name, session, held, wanted)
        wrong = [row for row in found if row.level != "good"]
        yield from (_finding(name, row) for row in wrong)
        if not wrong:
            yield good(f"env {name}", f"all {len(found)} variables that it expects")


def check(session: Session, planned: Sequence[Plan]) -> None:
    """Raises Stop where what a run is about to make would not get what it expects."""
    images = {plan.app: current(plan.after) for plan in planned}
    for finding in findings(session, images):
        if finding.level == "bad":
            raise Stop(finding.line(), finding.code)


def current(rollout: Rollout) -> list[str]:
    """The images of a rollout that follow today's settings; the others stay as they were made."""
    slots = [slot for colour in COLOURS if (slot := rollout.slot(colour))]
    return list(dict.fromkeys(slot.image for slot in slots if slot.frozen is None))


def known(session: Session) -> dict[str, bool | None]:
    """What can be told of secrets at once: from the environment and the stack file."""
    wanted = secrets.named(session)
    own = kept_names(session.stack.file) if any(one.source == "stack" or one.made for one in wanted) else ()
    held: dict[str, bool | None] = {}
    for one in wanted:
        if one.source == "env":
            held[one.name] = bool(os.environ.get(one.key))
        else:
            held[one.name] = one.own_key in own if one.source == "stack" or one.made else None
    return held


def sources(session: Session, name: str, held: Held, image: Image | None) -> Sources:
    """Where the variables of an app may come from."""
    named = {one.name: one.source for one in secrets.named(session)}
    app = session.settings.apps[name]
    stored = environment(app.storage, session.settings.storage)
    return Sources(name, app, stored, held, named, image.variables if image else None)


def _worst(name: str, session: Session, held: Held, images: Sequence[str]) -> list[Row]:
    """Each variable once: as it is with the image that suits it least."""
    found: dict[str, Row] = {}
    for image in [session.docker.image(one) for one in images] or [None]:
        for row in rows(sources(session, name, held, image)):
            if row.name not in found or found[row.name].level == "good" or row.level == "bad":
                found[row.name] = row
    return list(found.values())


def _finding(app: str, row: Row) -> Finding:
    subject, found = f"env {app}", f"{row.name}: {row.found}"
    return bad(subject, found, row.remedy, row.code) if row.level == "bad" else note(subject, found, row.remedy)
