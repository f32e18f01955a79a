"""The command that makes a bare machine the stack's host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root

if TYPE_CHECKING:
    from tandem.stack.session import Session

Visitor = Annotated[
    str | None,
    typer.Option("--as", metavar="USER", help="Log in as this user, root on a new machine.", show_default=False),
]


def bootstrap(session: Session, visitor: Visitor = None) -> None:
    """Make a machine the stack's host: Docker, the user who deploys, settings, units. A second run changes nothing."""
    from tandem.hosts import bootstrap as story

    story.run(session, visitor)


def register(app: Root) -> None:
    """Adds this command."""
    app.story("bootstrap", panel=helping.MACHINE)(bootstrap)
