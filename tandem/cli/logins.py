"""The command that logs another one in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tandem.cli import helping
from tandem.cli.wiring import Root

if TYPE_CHECKING:
    from tandem.stack.session import Session


def with_logins(
    session: Session,
    command: Annotated[list[str] | None, typer.Argument(metavar="-- COMMAND…", help="What is to be logged in.")] = None,
) -> None:
    """Run a command that is logged in to the stack's registries: `tandem with-logins -- docker push …`.

    Nobody is logged in afterwards. Ends with the command's exit code.
    """
    from tandem.docker import with_logins as story

    words = command[1:] if command and command[0] == "--" else command
    code = story.run(session, words or [])
    if code:
        raise typer.Exit(code)


def register(app: Root) -> None:
    """Adds this command."""
    app.story("with-logins", panel=helping.MACHINE, raw=True)(with_logins)
