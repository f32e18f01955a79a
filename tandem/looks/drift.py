"""`tandem drift`: is the stack what its file says? For a job that looks every night: it changes nothing.

Three answers are compared: the stack file, what the engine finds really there, and what the host serves. An edit that
nobody has brought up yet is a difference too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tandem import exits
from tandem.hosts import edited
from tandem.hosts.truth import Truth
from tandem.looks import outputs
from tandem.moves import update
from tandem.moves.sweep import declared
from tandem.preview.answered import answered
from tandem.preview.document import Document, Stack
from tandem.preview.escape import word
from tandem.preview.foreseen import by_engine
from tandem.preview.markdown import render
from tandem.preview.masking import masker, secrets
from tandem.preview.noting import Noting
from tandem.says.progress import Plain
from tandem.stack.session import Session

UP = "running"


def run(session: Session, *, markdown: bool, output: Path | None) -> int:
    """Says it, and returns the exit code: 0, DRIFTED, or why it cannot be said."""
    session.show = noting = Noting(Plain(out=sys.stderr))
    lines: list[str] = []
    found = looked(session, lines)
    notes = [*found.notes, *(note for note in noting.notes if note not in lines), *lines]
    found = replace(found, notes=notes).masked(masker(secrets(session)))
    code = code_of(found, lines)
    told = page(found, code)
    if output:
        outputs.into(output)(told)
    if session.options.json:
        sys.stdout.write(json.dumps({**found.as_json(), "exit": code}, ensure_ascii=False) + "\n")
    elif markdown or not output:
        sys.stdout.write(told)
    if found.error:
        noting.fail(found.error, code)
    return code


def code_of(document: Document, lines: Sequence[str]) -> int:
    """What a program is told. Changes that the gate would refuse are a difference like any other."""
    if document.exit not in (exits.OK, exits.REFUSED):
        return document.exit
    return exits.DRIFTED if document.exit or document.changes or lines else exits.OK


def looked(session: Session, lines: list[str]) -> Document:
    """What there is to say, and into `lines` what the host does otherwise; what goes wrong is said in the same way."""
    return answered(Stack(session.somewhere.project, session.somewhere.stack), lambda: _compared(session, lines))


def _compared(session: Session, lines: list[str]) -> Document:
    truth = session.truth()
    by_hand = edited.look(session.host, session.engine)
    for line in (*differences(session, truth), *unknown(truth, declared(session.engine.outputs())), *by_hand):
        lines.append(line)
        session.show.warn(line)
    session.engine.fresh = True
    return by_engine(session)


def differences(session: Session, truth: Truth) -> Iterator[str]:
    """Where the host is not as the file says: traffic that goes elsewhere, and releases that do not run."""
    settings = session.settings
    yield from update.differences(settings, truth)
    for app in settings.apps:
        rollout, route = settings.rollout(app), truth.route(app)
        live = truth.live(app, rollout)
        if route.pointer and live:
            yield f"{app}: the host went back to {live} by itself, or by `rollback --now`; up makes the file follow"
        box = truth.container(app, live) if live else None
        if rollout.live and not live and app in truth.routing and app in truth.ports:
            yield (
                f"{app}: nothing serves, by gateway/live/{app}.conf on the host. Closed? Next: tandem deploy {app} "
                f"with another image. Edited by hand? Next: put it back ({app}.conf.prev is the one before)"
            )
        elif rollout.live and not live:
            yield f"{app}: nothing serves; up starts it"
        elif live and (box is None or box.state != UP):
            yield f"{app}: {live} serves, and its container {'is gone' if box is None else f'is {box.state}'}"


def unknown(truth: Truth, releases: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[str]:
    """Running containers of apps that neither engine nor gateway knows; `releases` by app, as `declared` gives them."""
    for app in sorted(truth.ports & releases.keys()):
        known = {release["container"] for release in releases[app]}
        routed = {truth.route(app).live, *truth.route(app).releases}
        for box in truth.of_app(app):
            if box.state == UP and box.name not in known and box.release not in routed:
                yield (
                    f"{app}: {box.name} runs, and nobody knows it: a run that was cut off left it; "
                    f"next, on the host: docker rm -f {box.name}"
                )


def page(document: Document, code: int) -> str:
    """As an issue: a marker of its own, what is so in a line, and below it what `up` would do about it."""
    stack = document.stack
    name = f"{word(stack.project)}/{word(stack.name)}"
    said = {
        exits.OK: "is as its file says",
        exits.DRIFTED: "is not as its file says; next: `tandem up --refresh`",
    }
    title = f"`{stack.project}/{stack.name}` {said.get(code, 'cannot be looked at')}"
    _, _, rest = render(document).partition("\n")
    return f"<!-- tandem drift: {name} -->\n{title}\n\n{rest}"
