"""Stand-ins for secret values, where a program is run for what it declares and nobody may read a secret."""

from __future__ import annotations

from collections.abc import Iterable

from config.secrets import Wanted
from sources.found import Found


def read(wanted: Iterable[Wanted]) -> Found:
    """A value for each; another one where the stack file names another source, key or version."""
    return Found({one.name: f"(the value of {one.key} from {one.source}, {one.said.version})" for one in wanted})


def token() -> str:
    """For a command that would print one."""
    return "(a token)"
