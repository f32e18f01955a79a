"""Commands on the stack as a whole: up, preview, destroy, close, unlock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root
from tandem.exits import usage

if TYPE_CHECKING:
    from tandem.stack.session import Session


Downtime = Annotated[
    bool, typer.Option("--allow-downtime", help="The machine may be stopped, for example for another machine type.")
]


Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="NAME|URN",
        help="A resource that may go or be replaced though it holds something; repeatable.",
    ),
]


NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Do not ask whether a new release's image is for this machine.")
]


Refresh = Annotated[
    bool, typer.Option("--refresh", help="Look first at what is really there: what somebody changed is put back.")
]


def up(
    session: Session,
    allow_downtime: Downtime = False,
    allow: Allow = None,
    no_check: NoCheck = False,
    refresh: Refresh = False,
) -> None:
    """Make the host as the stack file says."""
    from tandem.cloud.downtime import permitted
    from tandem.moves.up import up as story

    session.checked = not no_check
    with permitted(allow_downtime):
        story(session, allow=allow or (), refresh=refresh)


Markdown = Annotated[bool, typer.Option("--markdown", help="A comment for a pull request on stdout.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the comment to this file too.", show_default=False),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="REF",
        help="Compare what HEAD declares with what its merge base with REF does: no engine, no state, no secrets.",
        show_default=False,
    ),
]


def preview(
    session: Session,
    *,
    allow_downtime: Downtime = False,
    allow: Allow = None,
    markdown: Markdown = False,
    output: Output = None,
    since: Since = None,
) -> None:
    """Say what `up` would do, and whether gate and policy let it pass; change nothing."""
    from tandem.cloud.downtime import permitted
    from tandem.moves import update

    if markdown and session.options.json:
        raise usage("--markdown is for a pull request, --json for a program; say one of them")
    if output is not None and not output.absolute().parent.is_dir():
        raise usage(f"--output {output}: there is no folder {output.absolute().parent}")
    with permitted(allow_downtime):
        if not (markdown or session.options.json or output or since):
            update.preview(session, allow or ())
            return
        from tandem.preview import story

        style: story.Style = "markdown" if markdown else "json" if session.options.json else "text"
        code = story.run(session, story.Asked(style, output, tuple(allow or ()), since))
    if code:
        raise typer.Exit(code)


def destroy(
    session: Session,
    data: Annotated[bool, typer.Option("--data", help="Remove the volumes and their data too.")] = False,
) -> None:
    """Remove everything the stack made. Data volumes stay without --data."""
    from tandem.moves import update

    if session.options.dry_run:
        raise usage("destroy has no --dry-run; `tandem status` shows what is there")
    confirm(session, f"Destroy {session.stack.project}-{session.stack.stack}{' and its data' if data else ''}?")
    update.destroy(session, data=data)


def close(session: Session, app: Annotated[str, typer.Argument(metavar="APP", help="An app of the stack.")]) -> None:
    """Take an app off the air: its page says 503. Before it leaves the stack file."""
    from tandem.moves import closing

    closing.known(session, app)
    confirm(session, f"Close {app}? Nobody serves it afterwards.")
    closing.close(session, app)


def unlock(session: Session) -> None:
    """Show who holds the stack; free it when the holder's machine is gone."""
    from tandem.locks import unlocking

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
    app.story("up", panel=helping.STACK, writes=True)(up)
    app.story("preview", panel=helping.STACK)(preview)
    app.story("destroy", panel=helping.STACK)(destroy)
    app.story("close", panel=helping.STACK)(close)
    app.story("unlock", panel=helping.STACK)(unlock)
