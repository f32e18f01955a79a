"""What a person typed, turned into what it means; anything else is refused with what was expected."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from config import rollout as moves
from config.rollout import Colour
from tandem.exits import usage

MOST_WHY = 200
"""Characters a reason may have: it is a line in the host's records."""


def pairs(words: Sequence[str]) -> dict[str, str]:
    """`["web", "demo:2"]` or `["web=demo:2", "admin=demo:3"]` as app → image. Raises Stop (usage)."""
    expected = "expected `web demo:2`, or `web=demo:2 admin=demo:3`"
    if len(words) == 2 and "=" not in words[0] and "=" not in words[1]:
        return {words[0]: words[1]}
    found: dict[str, str] = {}
    for word in words:
        app, mark, image = word.partition("=")
        if not (app and mark and image):
            raise usage(f"{' '.join(words)}: {expected}")
        if app in found:
            raise usage(f"{app} is named twice; {expected}")
        found[app] = image
    return found


def colour(word: str | None) -> Colour | None:
    """A colour a person typed. Raises Stop (usage)."""
    if word is None:
        return None
    if word not in moves.COLOURS:
        raise usage(f"colour {word!r}: expected blue or green")
    return "blue" if word == "blue" else "green"


def percent(word: str) -> int:
    """`10` or `10%` as 10. Raises Stop (usage) for anything but a whole number from 0 to 99."""
    number = word.removesuffix("%").strip()
    if not (number.isascii() and number.isdigit() and int(number) <= 99):
        raise usage(
            f"{word!r} percent: expected a whole number from 0 to 99, for example `tandem canary web 10`; "
            f"0 ends the canary, and all of the traffic moves by `tandem switch`"
        )
    return int(number)


def why(word: str | None) -> str | None:
    """The reason given with --force. Raises Stop (usage) for none: it is kept, and read when it went wrong again."""
    if word is None:
        return None
    reason = " ".join("".join(" " if unicodedata.category(mark)[0] == "C" else mark for mark in word).split())
    if not reason or len(reason) > MOST_WHY:
        raise usage(
            f"--force: expected why the barred release may have traffic, in 1 to {MOST_WHY} characters, "
            f"for example --force 'the database was down'"
        )
    return reason


def title(verb: str, apps: Sequence[str] | Mapping[str, str]) -> str:
    """`deploy web, admin`."""
    return f"{verb} {', '.join(apps)}"
