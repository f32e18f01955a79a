"""Commands on the machine itself: start, stop, stats."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli.wholes import confirm
from tandem.cli.wiring import Root

if TYPE_CHECKING:
    from tandem.session import Session

CLEAR = "\x1b[H\x1b[2J"
"""The cursor home, and a screen without what was there."""

Parts = Annotated[
    list[str] | None,
    typer.Argument(metavar="[APP|gateway|all]…", help="Parts of the stack; default: everything.", show_default=False),
]


def stop(session: Session, parts: Parts = None) -> None:
    """Stop everything or a part, in order. Data and state stay; so does the stop, over a reboot too."""
    from tandem import lifecycle

    lifecycle.stop(session, parts or [], partial(confirm, session))


def start(session: Session, parts: Parts = None) -> None:
    """Start again what was stopped, in order: releases healthy, then the gateway."""
    from tandem import lifecycle

    lifecycle.start(session, parts or [])


def stats(
    session: Session,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and look again and again.")] = False,
) -> None:
    """Show what every container of the stack uses: processor, memory, network, disk."""
    from tandem import stats as story

    while True:
        found = story.sample(session)
        if session.options.json:
            typer.echo(json.dumps(story.as_json(found)))
        else:
            clear = CLEAR if follow and sys.stdout.isatty() else ""
            typer.echo(clear + "\n".join(story.lines(found)))
        if not follow:
            return


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("start")(start)
    app.story("stop")(stop)
    app.story("stats")(stats)
