"""The moves: deploy, prepare, canary, switch, finalize, cancel, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root
from tandem.exits import usage

if TYPE_CHECKING:
    from tandem.stack.session import Session

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
        metavar="COLOUR",
        help="Put the image on this colour (blue, green).",
        show_default=False,
    ),
]
ForceColour = Annotated[
    str | None,
    typer.Option(
        "--force-color",
        "--force-colour",
        metavar="COLOUR",
        help="The colour that shall be live afterwards.",
        show_default=False,
    ),
]
SkipPull = Annotated[bool, typer.Option("--skip-pull", help="Take the image from this machine or not at all.")]
NoCheck = Annotated[
    bool,
    typer.Option(
        "--no-check",
        help="Leave out what somebody may know better: secrets in the checkout or out of date, an image's platform.",
    ),
]
Finalize = Annotated[
    bool, typer.Option("--finalize", help="Keep no way back: the old release goes after the verdict, once drained.")
]
Force = Annotated[
    str | None,
    typer.Option("--force", metavar="WHY", help="Give a barred release traffic, and why it may.", show_default=False),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the verdict; the watch goes on by itself.")]
Now = Annotated[
    bool, typer.Option("--now", help="At once, on the host alone: no engine, no state. What served is barred.")
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="RELEASE|IMAGE", help="Deploy an earlier release again.", show_default=False),
]


def deploy(
    session: Session,
    apps: Pairs,
    *,
    colour: SlotColour = None,
    force_color: ForceColour = None,
    skip_pull: SkipPull = False,
    no_check: NoCheck = False,
    finalize: Finalize = False,
    force: Force = None,
    no_wait: NoWait = False,
) -> None:
    """Start a new release, prove it, move the traffic, wait for the verdict. Several apps: all or none."""
    from tandem.moves import deploys
    from tandem.says import words

    if colour and force_color and colour != force_color:
        raise usage(
            f"--colour {colour} and --force-color {force_color} contradict each other: a deploy ends on its own slot"
        )
    session.checked = not no_check
    deploys.deploy(
        session,
        words.pairs(apps),
        colour=words.colour(colour or force_color),
        skip_pull=skip_pull,
        finalize=finalize,
        force=words.why(force),
        wait=not no_wait,
    )


def prepare(
    session: Session,
    apps: Pairs,
    *,
    colour: SlotColour = None,
    skip_pull: SkipPull = False,
    no_check: NoCheck = False,
) -> None:
    """Start a new release beside the old and prove it; traffic stays."""
    from tandem.moves import turns
    from tandem.says import words

    session.checked = not no_check
    turns.prepare(session, words.pairs(apps), colour=words.colour(colour), skip_pull=skip_pull)


def canary(
    session: Session,
    app: Annotated[str, typer.Argument(metavar="APP", help="An app with a prepared release.")],
    percent: Annotated[str, typer.Argument(metavar="PERCENT", help="0 to 99; 0 ends the canary.")],
    force: Force = None,
) -> None:
    """Send a part of the traffic to the prepared release; a client stays where it is as the part grows."""
    from tandem.moves import turns
    from tandem.says import words

    turns.canary(session, app, words.percent(percent), force=words.why(force))


def switch(session: Session, apps: Apps, force_color: ForceColour = None, force: Force = None) -> None:
    """Move the traffic to the prepared release."""
    from tandem.moves import turns
    from tandem.says import words

    turns.switch(session, apps, to=words.colour(force_color), force=words.why(force))


def finalize(session: Session, apps: Apps) -> None:
    """Give up the way back, after the verdict: it goes, or drains by itself where streams hold it."""
    from tandem.moves import turns

    turns.finalize(session, apps)


def cancel(session: Session, apps: Apps) -> None:
    """Give up what is prepared."""
    from tandem.moves import turns

    turns.cancel(session, apps)


def rollback(session: Session, apps: Apps, *, now: Now = False, to: To = None, force: Force = None) -> None:
    """Undo the last step: traffic goes back, or what is prepared goes."""
    from tandem.looks import history
    from tandem.moves import emergency, wayback
    from tandem.says import words

    reason = words.why(force)
    if now and (to or force):
        raise usage(
            "--now goes to what stands by, at once, so it takes neither --to nor --force; leave one of them out"
        )
    if to and len(apps) != 1:
        raise usage(f"--to {to}: expected one app, for example `tandem rollback web --to {to}`")
    if now:
        emergency.rollback(session, apps)
    elif to:
        history.rollback_to(session, apps[0], to, force=reason)
    else:
        wayback.rollback(session, apps, force=reason)


def register(app: Root) -> None:
    """Adds these commands."""
    app.story("deploy", panel=helping.RELEASES, writes=True)(deploy)
    app.story("full", panel=helping.RELEASES, writes=True, hidden=True)(deploy)
    app.story("prepare", panel=helping.RELEASES, writes=True)(prepare)
    app.story("canary", panel=helping.RELEASES, writes=True)(canary)
    app.story("switch", panel=helping.RELEASES, writes=True)(switch)
    app.story("gateway", panel=helping.RELEASES, writes=True, hidden=True)(switch)
    app.story("finalize", panel=helping.RELEASES, writes=True)(finalize)
    app.story("cancel", panel=helping.RELEASES, writes=True)(cancel)
    app.story("rollback", panel=helping.RELEASES, writes=True)(rollback)
