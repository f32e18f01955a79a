"""The moves: deploy, prepare, switch, finalize, cancel, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli.wiring import Root
from tandem.exits import usage

if TYPE_CHECKING:
    from tandem.session import Session

Pairs = Annotated[
    list[str], typer.Argument(metavar="APP IMAGE | APP=IMAGE…", help="`web demo:2`, or `web=demo:2 admin=demo:3`.")
]
Apps = Annotated[list[str], typer.Argument(metavar="APP…", help="Apps of the stack.")]
SlotColour = Annotated[
    str | None,
    typer.Option(
        "--colour",
        "--color",
        "--override-color",
        help="Put the image on this colour (blue, green).",
        show_default=False,
    ),
]
ForceColour = Annotated[
    str | None,
    typer.Option(
        "--force-color", "--force-colour", help="The colour that shall be live afterwards.", show_default=False
    ),
]
SkipPull = Annotated[bool, typer.Option("--skip-pull", help="Take the image from this machine or not at all.")]
Finalize = Annotated[bool, typer.Option("--finalize", help="Keep no way back: the old release goes once drained.")]


def deploy(
    session: Session,
    apps: Pairs,
    *,
    colour: SlotColour = None,
    force_color: ForceColour = None,
    skip_pull: SkipPull = False,
    finalize: Finalize = False,
) -> None:
    """Start a new release beside the old, prove it, move the traffic. The old one stays as the way back."""
    from tandem import turns

    if colour and force_color and colour != force_color:
        raise usage(
            f"--colour {colour} and --force-color {force_color} contradict each other: a deploy ends on its own slot"
        )
    slot = turns.colour(colour or force_color)
    turns.deploy(session, turns.pairs(apps), colour=slot, skip_pull=skip_pull, finalize=finalize)


def prepare(session: Session, apps: Pairs, colour: SlotColour = None, skip_pull: SkipPull = False) -> None:
    """Start a new release beside the old and prove it; traffic stays."""
    from tandem import turns

    turns.prepare(session, turns.pairs(apps), colour=turns.colour(colour), skip_pull=skip_pull)


def switch(session: Session, apps: Apps, force_color: ForceColour = None) -> None:
    """Move the traffic to the prepared release."""
    from tandem import turns

    turns.switch(session, apps, to=turns.colour(force_color))


def finalize(session: Session, apps: Apps) -> None:
    """Give up the way back: the release that is not live goes once it is drained."""
    from tandem import turns

    turns.finalize(session, apps)


def cancel(session: Session, apps: Apps) -> None:
    """Give up what is prepared."""
    from tandem import turns

    turns.cancel(session, apps)


def rollback(session: Session, apps: Apps) -> None:
    """Undo the last step: traffic goes back, or what is prepared goes."""
    from tandem import turns

    turns.rollback(session, apps)


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("deploy")(deploy)
    app.story("full", hidden=True)(deploy)
    app.story("prepare")(prepare)
    app.story("switch")(switch)
    app.story("gateway", hidden=True)(switch)
    app.story("finalize")(finalize)
    app.story("cancel")(cancel)
    app.story("rollback")(rollback)
