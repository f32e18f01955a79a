"""Commands on the machine itself: host-key, ssh, rotate-key, start, stop, stats."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wholes import confirm
from tandem.cli.wiring import Root

if TYPE_CHECKING:
    from tandem.stack.session import Session

CLEAR = "\x1b[H\x1b[2J"
"""The cursor home, and a screen without what was there."""

Parts = Annotated[
    list[str] | None,
    typer.Argument(metavar="[APP|gateway|all]…", help="Parts of the stack; default: everything.", show_default=False),
]


def stop(session: Session, parts: Parts = None) -> None:
    """Stop everything or a part, in order. Data and state stay; so does the stop, over a reboot too."""
    from tandem.lifecycle import by_hand

    by_hand.stop(session, parts or [], partial(confirm, session))


def start(session: Session, parts: Parts = None) -> None:
    """Start again what was stopped, in order: releases healthy, then the gateway."""
    from tandem.lifecycle import by_hand

    by_hand.start(session, parts or [])


def stats(
    session: Session,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and look again and again.")] = False,
) -> None:
    """Show what every container of the stack uses: processor, memory, network, disk."""
    from tandem.looks import stats as story

    while True:
        found = story.sample(session)
        if session.options.json:
            typer.echo(json.dumps(story.as_json(found)))
        else:
            clear = CLEAR if follow and sys.stdout.isatty() else ""
            typer.echo(clear + "\n".join(story.lines(found)))
        if not follow:
            return


def host_key(
    session: Session,
    replace: Annotated[
        bool, typer.Option("--replace", help="Pin the key it shows now instead of the pinned one.")
    ] = False,
) -> None:
    """Show the host keys of the stack's machine and pin one in the stack file, after asking; compare when pinned."""
    from tandem.hosts import hostkey

    def told(said: object) -> None:
        if session.options.json:
            typer.echo(json.dumps(said))

    hostkey.run(session, replace=replace, confirm=partial(confirm, session), told=told)


def ssh(
    session: Session,
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND…", help="Default: a shell.")] = None,
) -> None:
    """Log in to the stack's machine, or run one command there: `tandem ssh -- uptime`. Ends with its exit code."""
    from tandem.hosts import shell

    words = command[1:] if command and command[0] == "--" else command
    code = shell.on_host(session, words or [])
    if code:
        raise typer.Exit(code)


def rotate_key(session: Session) -> None:
    """Put a new deploy key in place of the old one; both open the machine until the new one has proved itself."""
    from tandem.hosts import doors

    doors.rotate(session, partial(confirm, session))


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("host-key", panel=helping.MACHINE)(host_key)
    app.story("ssh", panel=helping.MACHINE, raw=True)(ssh)
    app.story("rotate-key", panel=helping.MACHINE)(rotate_key)
    app.story("start", panel=helping.STACK)(start)
    app.story("stop", panel=helping.STACK)(stop)
    app.story("stats", panel=helping.LOOKS)(stats)
