"""Commands on the stack as a whole: up, preview, destroy, close, unlock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli.wiring import Root
from tandem.exits import usage

if TYPE_CHECKING:
    from tandem.session import Session


Downtime = Annotated[
    bool, typer.Option("--allow-downtime", help="The machine may be stopped, for example for another machine type.")
]


def up(session: Session, allow_downtime: Downtime = False) -> None:
    """Make the host as the stack file says."""
    from tandem.cloud.downtime import permitted
    from tandem.up import up as story

    with permitted(allow_downtime):
        story(session)


def preview(
    session: Session,
    allow_downtime: Downtime = False,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="URN", help="A protected resource that may go or be replaced; repeatable."),
    ] = None,
) -> None:
    """Say what `up` would do, and whether gate and policy let it pass; change nothing."""
    from tandem import update
    from tandem.cloud.downtime import permitted
    from tandem.cloud.review import Allowed

    with permitted(allow_downtime):
        update.preview(session, Allowed(tuple(allow or ()), downtime=allow_downtime))


def destroy(
    session: Session,
    data: Annotated[bool, typer.Option("--data", help="Remove the volumes and their data too.")] = False,
) -> None:
    """Remove everything the stack made. Data volumes stay without --data."""
    from tandem import update

    if session.options.dry_run:
        raise usage("destroy has no --dry-run; `tandem status` shows what is there")
    confirm(session, f"Destroy {session.stack.project}-{session.stack.stack}{' and its data' if data else ''}?")
    update.destroy(session, data=data)


def close(session: Session, app: Annotated[str, typer.Argument(help="The app.")]) -> None:
    """Take an app off the air: its page says 503. Before it leaves the stack file."""
    from tandem import closing

    confirm(session, f"Close {app}? Nobody serves it afterwards.")
    closing.close(session, app)


def unlock(session: Session) -> None:
    """Show who holds the stack; free it when the holder's machine is gone."""
    from tandem import unlocking

    held = unlocking.look(session)
    if not held:
        session.show.say("nobody holds this stack")
        return
    for line in unlocking.lines(held):
        session.show.say(line)
    unlocking.refuse_the_living(held)
    confirm(session, "Free the stack? Whoever holds it may still be at work on its machine.")
    unlocking.free(session, held)


def confirm(session: Session, question: str) -> None:
    """Asks on a terminal; without one, only `--yes` lets the command go on."""
    if session.options.yes:
        return
    if session.options.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise usage(f"{question} There is no terminal to ask at; say --yes")
    if not typer.confirm(question):
        raise usage("not confirmed; nothing was changed")


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("up")(up)
    app.story("preview")(preview)
    app.story("destroy")(destroy)
    app.story("close")(close)
    app.story("unlock")(unlock)
