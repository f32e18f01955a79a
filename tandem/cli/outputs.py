"""`tandem outputs`: what a stack tells others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root
from tandem.exits import usage

if TYPE_CHECKING:
    from tandem.stack.session import Session

Style = Annotated[
    Literal["text", "json", "file_sd", "env"],
    typer.Option(
        "--format", metavar="FORMAT", help="text, json (the contract), file_sd (Prometheus' targets), env (for shells)."
    ),
]
Intent = Annotated[bool, typer.Option("--intent", help="Only what the last good update wrote; the host is not asked.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write this file, at once.", show_default=False)
]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Stay, and write it again whenever it changes.")]
Every = Annotated[
    float, typer.Option("--every", metavar="SECONDS", min=0.1, help="Seconds between two looks of --watch.")
]
For = Annotated[
    float | None,
    typer.Option("--for", metavar="SECONDS", min=0, help="Seconds after which --watch ends.", show_default=False),
]


def outputs(
    session: Session,
    *,
    style: Style = "text",
    intent: Intent = False,
    output: Output = None,
    watch: Watch = False,
    every: Every = 5.0,
    last: For = None,
) -> None:
    """Print what the stack tells others, the host's word about what is live included; secrets masked."""
    from tandem.looks import outputs as story

    chosen: Literal["text", "json", "file_sd", "env"] = "json" if session.options.json and style == "text" else style
    if intent and (watch or chosen == "env"):
        raise usage("--intent is what the last update wrote: it goes with text, json and file_sd, and nothing to watch")
    if last is not None and not watch:
        raise usage(f"--for {last:g} says how long --watch stays; add --watch")
    if output is not None and not output.absolute().parent.is_dir():
        raise usage(f"--output {output}: there is no folder {output.absolute().parent}")
    write = story.into(output) if output else lambda text: typer.echo(text, nl=False)
    if chosen == "file_sd" and story.without_targets(session):
        typer.echo("no app declares `metrics`, so there is nothing to scrape: docs/outputs.md", err=True)
    if watch:
        story.Watch(session, chosen, write, every, last).run()
    else:
        write(story.intent(session, chosen) if intent else story.truthful(session, chosen, session.truth()))


def register(app: Root) -> None:
    """Adds this command."""
    app.story("outputs", panel=helping.LOOKS)(outputs)
