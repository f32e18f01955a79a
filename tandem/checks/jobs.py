"""Migrations: what is declared to run before a switch, whether its program is in the image, and what is undeclared."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from config.jobs import Job
from tandem.checks import migrations
from tandem.checks.expects import current
from tandem.checks.finding import Finding, bad, good, note
from tandem.checks.tree import CannotLookError, tracked
from tandem.docker import Image
from tandem.says.summary import short_image
from tandem.stack.session import Session

SUBJECT = "migrations"


def findings(session: Session, images: Mapping[str, str]) -> Iterator[Finding]:
    """One for each `before_switch`; where there is none, one for what looks as if it needed one.

    `images`: app → what is to be deployed, else what is on its way by the stack file.
    """
    jobs = {app: section.before_switch for app, section in session.settings.apps.items() if section.before_switch}
    for app, job in jobs.items():
        yield _declared(session, app, job, images.get(app))
    if not jobs:
        yield _undeclared(session.stack.directory)


def program(job: Job, image: Image) -> str:
    """What the container of a job starts: the job's own entry point, else the image's, else the command itself."""
    argv: Sequence[str] = (*(job.entrypoint or image.entrypoint), *job.command)
    return argv[0]


def _declared(session: Session, app: str, job: Job, wanted: str | None) -> Finding:
    said = f"{app}: `{shlex.join([*job.entrypoint, *job.command])}`, at most {job.timeout}"
    reference = wanted or next(iter(current(session.settings.rollout(app))), None)
    image = session.docker.image(reference) if reference else None
    if reference is None or image is None:
        return good(SUBJECT, f"{said}; its image is not on {session.supply.where} yet")
    name, shown = program(job, image), short_image(reference)
    has = session.docker.has_program(image.id, name, session.settings.apps[app].user)
    if has is None:
        return note(SUBJECT, f"{said}; whether {shown} has {name} is not known: it has no `sh` that runs there")
    if has:
        return good(SUBJECT, f"{said}; {shown} has {name}")
    remedy = f"Correct apps.{app}.before_switch.command, or build it into the image"
    # What serves has had its own, so only of what is yet to come is it a reason to stop.
    return (bad if wanted else note)(SUBJECT, f"{said}; {shown} has no {name}", remedy)


def _undeclared(folder: Path) -> Finding:
    try:
        found = migrations.named(tracked(folder))
    except CannotLookError:
        found = None
    if found is None:
        return good(SUBJECT, "no app declares any (before_switch)")
    tool, path = found
    remedy = "Write apps.APP.before_switch (docs/jobs.md), if this checkout is an app's and its database wants them"
    return note(SUBJECT, f"no app declares any, and {path} is one of {tool}", remedy)
