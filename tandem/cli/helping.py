"""How `--help` looks: what a command takes first, what every command takes in a panel of its own, no names of types."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

SHARED = "Options of every command"
"""Title of the panel with what every command takes."""

RELEASES = "Releases"
STACK = "The stack"
LOOKS = "Looking"
MACHINE = "Its machine, its registries"
"""Titles of the panels of `tandem --help`."""


class Told(TyperCommand):
    """A command whose help is for people."""

    def get_params(self, ctx: Any) -> list[Any]:
        """See the base class."""
        return _without_types(super().get_params(ctx))


class ToldGroup(TyperGroup):
    """The same for what stands before the command's name."""

    def get_params(self, ctx: Any) -> list[Any]:
        """See the base class."""
        return _without_types(super().get_params(ctx))


def _without_types(parameters: Iterable[Any]) -> list[Any]:
    """`<bool>` behind a switch and `<list[str]>` behind APP… say nothing, and take the room of what does."""
    found = list(parameters)
    for one in found:
        if not isinstance(one, TyperOption):
            vars(one)["display_type_rich"] = lambda **_: None  # its metavar is its name, so that cannot be the place
        elif one.is_flag:
            one.metavar = ""
    return found
