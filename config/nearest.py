"""The name that somebody may have meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that comes near; None where none does. `cutoff`: 0 to 1, how near it must be."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)), None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'DATABASE_URL'?`; empty where nothing known comes near."""
    close = nearest(name, known)
    return f"did you mean '{close}'?" if close else ""
