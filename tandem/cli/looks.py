"""Commands that look or reach in: status, history, logs, exec, check."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root
from tandem.exits import Stop, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tandem.checks.finding import Finding
    from tandem.stack.session import Session

App = Annotated[str, typer.Argument(metavar="APP", help="An app of the stack.")]
What = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[APP=IMAGE… | config | tree | storage [NAME] | env [APP]]",
        help="Nothing: everything that a deploy needs. APP=IMAGE: the same for what is to be deployed. config: the "
        "stack file alone. tree: secrets in what git tracks, alone. storage: with the apps' own keys, backups too. "
        "env: what apps expect, also in their containers.",
        show_default=False,
    ),
]
OfColour = Annotated[
    str | None,
    typer.Option(
        "--colour",
        "--color",
        metavar="COLOUR",
        help="The container on this colour; default: the live one.",
        show_default=False,
    ),
]


def status(session: Session) -> None:
    """Show every app: what the file says and what the host serves."""
    from tandem.looks import status as story

    said = story.status(session)
    typer.echo(json.dumps(said) if session.options.json else "\n".join(story.lines(said)))


def history(
    session: Session,
    app: Annotated[str | None, typer.Argument(metavar="[APP]", help="An app; default: all.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="MOVES", min=1, help="So many, the newest first.")
    ] = 20,
    this_run: Annotated[bool, typer.Option("--this-run", help="Only what this CI run moved.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page, for the summary of a CI job.")] = False,
) -> None:
    """Show what moved the traffic: when, from where to where, how long it took, the verdict, what was lost."""
    from tandem.looks import history as story

    found = story.read(session, [app] if app else [])
    found = (story.of_run(found, session.author.run) if this_run else found)[:limit]
    if markdown:
        typer.echo(story.markdown(found))
    elif session.options.json:
        for entry in found:
            typer.echo(json.dumps(entry, ensure_ascii=False))
    else:
        typer.echo("\n".join(story.lines(found)))


def drift(
    session: Session,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page on stdout, also with --output.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the page to this file.", show_default=False),
    ] = None,
) -> None:
    """Say whether the stack is what its file says, as engine and host see it; exit code 8 where it is not."""
    from tandem.looks import drift as story

    _pass_on(story.run(session, markdown=markdown, output=output))


def logs(
    session: Session,
    app: App,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and show new lines.")] = False,
    colour: OfColour = None,
    tail: Annotated[int, typer.Option("--tail", metavar="LINES", min=0, help="So many from the end.")] = 100,
) -> None:
    """Show an app's log."""
    from tandem.looks.status import container
    from tandem.says.words import colour as checked

    box = container(session, app, checked(colour))
    _pass_on(session.docker.attach("logs", "--tail", str(tail), *(["--follow"] if follow else []), box.name))


def execute(
    session: Session,
    app: App,
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND…", help="Default: sh.")] = None,
    colour: OfColour = None,
) -> None:
    """Run a command in an app's live container: `tandem exec web -- ls /`. Ends with its exit code."""
    from tandem.looks.status import container
    from tandem.says.words import colour as checked

    box = container(session, app, checked(colour))
    words = command[1:] if command and command[0] == "--" else command
    terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    _pass_on(session.docker.attach("exec", "--interactive", *terminal, box.name, *(words or ["sh"])))


def check(session: Session, what: What = None) -> None:
    """Look at everything a deploy needs, or at a part of it; say what to do about what is missing."""
    from tandem.checks import every

    if not what:
        _tell(session, every.findings(session))
    elif all("=" in word for word in what):
        _tell(session, every.findings(session, _images(session, what)))
    else:
        _check_one(session, what[0], what[1:])


def _images(session: Session, pairs: list[str]) -> dict[str, str]:
    from tandem.moves.plans import known
    from tandem.says import words

    wanted = words.pairs(pairs)
    for app in wanted:
        known(session.settings, app)
    return wanted


def _tell(session: Session, findings: Iterable[Finding]) -> None:
    from tandem.checks import finding, table

    found = []
    for one in findings:
        found.append(one)
        if session.options.json:
            typer.echo(json.dumps(table.as_json(one), ensure_ascii=False))
    if not session.options.json:
        typer.echo("\n".join(table.lines(found)))
    _pass_on(finding.exit_code(found))


def _check_one(session: Session, kind: str, names: list[str]) -> None:
    from tandem.checks import every, tree

    alone: dict[str, Callable[[], Iterable[Finding]]] = {
        "config": lambda: [every.config(session)],
        "tree": lambda: every.attempts("tree", lambda: tree.findings(session.somewhere.directory)),
    }
    kinds = {"storage": _check_storage, "env": _check_env}
    if kind in alone and not names:
        _tell(session, alone[kind]())
    elif kind in kinds and len(names) <= 1:
        kinds[kind](session, names[0] if names else None)
    else:
        said = " ".join(["check", kind, *names])
        raise usage(
            f"{said}: expected nothing, `APP=IMAGE`, `config`, `tree`, `storage`, `storage NAME`, `env` or `env APP`"
        )


def _check_storage(session: Session, name: str | None) -> None:
    from tandem.checks import finding, storage

    looked = []
    for one in storage.look(session, name):
        looked.append(one)
        if session.options.json:
            typer.echo(json.dumps(storage.as_json(one), ensure_ascii=False))
    if not session.options.json:
        typer.echo("\n".join(storage.lines(looked)))
    _pass_on(finding.exit_code(one.finding for one in looked))


def _check_env(session: Session, name: str | None) -> None:
    from tandem.checks import contract, contract_table, finding

    found = []
    for looked in contract.look(session, name):
        found += contract_table.levels(looked)
        if session.options.json:
            typer.echo("\n".join(json.dumps(line, ensure_ascii=False) for line in contract_table.as_json(looked)))
        else:
            typer.echo("\n".join(contract_table.lines(looked)))
    if not found and not session.options.json:
        who = f"{name} does not say" if name else "no app says"
        typer.echo(f"{who} what it expects; docs/contracts.md shows what to write under apps")
    _pass_on(finding.exit_code(found))


def _pass_on(code: int) -> None:
    if code:
        raise typer.Exit(code)


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("status", panel=helping.LOOKS)(status)
    app.story("history", panel=helping.LOOKS)(history)
    app.story("drift", panel=helping.LOOKS)(drift)
    app.story("logs", panel=helping.LOOKS)(logs)
    app.story("exec", panel=helping.LOOKS, raw=True)(execute)
    app.story("check", panel=helping.LOOKS)(check)


__all__ = ["Stop", "register"]
