"""Commands that look or reach in: status, history, logs, exec, check."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli.wiring import Root
from tandem.exits import Stop, usage

if TYPE_CHECKING:
    from tandem.session import Session

App = Annotated[str, typer.Argument(metavar="APP", help="An app of the stack.")]
What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[storage [NAME]]",
        help="Write, read, list and delete in a storage with the apps' own keys; default: look at everything else.",
        show_default=False,
    ),
]
OfColour = Annotated[
    str | None,
    typer.Option(
        "--colour", "--color", help="The container on this colour; default: the live one.", show_default=False
    ),
]


def status(session: Session) -> None:
    """Show every app: what the file says and what the host serves."""
    from tandem import status as story

    said = story.status(session)
    typer.echo(json.dumps(said) if session.options.json else "\n".join(story.lines(said)))


def history(
    session: Session,
    app: Annotated[str | None, typer.Argument(metavar="[APP]", help="An app; default: all.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Moves to show, the newest first.")] = 20,
) -> None:
    """Show what moved the traffic: when, from where to where, how long it took, the verdict, what was lost."""
    from tandem import history as story

    found = story.read(session, [app] if app else [])[:limit]
    if session.options.json:
        for entry in found:
            typer.echo(json.dumps(entry, ensure_ascii=False))
    else:
        typer.echo("\n".join(story.lines(found)))


def logs(
    session: Session,
    app: App,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and show new lines.")] = False,
    colour: OfColour = None,
    tail: Annotated[int, typer.Option("--tail", help="Lines from the end.")] = 100,
) -> None:
    """Show an app's log."""
    from tandem.status import container
    from tandem.words import colour as checked

    box = container(session, app, checked(colour))
    _pass_on(session.docker.attach("logs", "--tail", str(tail), *(["--follow"] if follow else []), box.name))


def execute(
    session: Session,
    app: App,
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND…", help="Default: sh.")] = None,
    colour: OfColour = None,
) -> None:
    """Run a command in an app's live container: `tandem exec web -- ls /`. Ends with its exit code."""
    from tandem.status import container
    from tandem.words import colour as checked

    box = container(session, app, checked(colour))
    words = command[1:] if command and command[0] == "--" else command
    terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    _pass_on(session.docker.attach("exec", "--interactive", *terminal, box.name, *(words or ["sh"])))


def check(session: Session, what: What = None) -> None:
    """Look at everything a deploy needs, or try out the apps' storage; say what to do about what is missing."""
    from tandem.checks import every, finding

    if what:
        _check_storage(session, what)
        return
    found = list(every.findings(session))
    for one in found:
        if session.options.json:
            said = {"check": one.subject, "level": one.level, "found": one.found, "remedy": one.remedy}
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            typer.echo(f"{finding.MARKS[one.level]} {one.subject:<8} {one.found}")
            if one.remedy:
                typer.echo(f"           → {one.remedy}")
    code = finding.exit_code(found)
    if code:
        raise typer.Exit(code)


def _check_storage(session: Session, what: list[str]) -> None:
    from tandem.checks import finding, storage

    if what[0] != "storage" or len(what) > 2:
        raise usage(f"check {' '.join(what)}: expected nothing, `storage`, or `storage NAME`")
    looked = []
    for one in storage.look(session, what[1] if len(what) > 1 else None):
        looked.append(one)
        if session.options.json:
            typer.echo(json.dumps(storage.as_json(one), ensure_ascii=False))
    if not session.options.json:
        typer.echo("\n".join(storage.lines(looked)))
    _pass_on(finding.exit_code(one.finding for one in looked))


def _pass_on(code: int) -> None:
    if code:
        raise typer.Exit(code)


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("status")(status)
    app.story("history")(history)
    app.story("logs")(logs)
    app.story("exec", raw=True)(execute)
    app.story("check")(check)


__all__ = ["Stop", "register"]
