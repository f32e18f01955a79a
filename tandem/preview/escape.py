"""Text from users in GitHub's Markdown: it shows as what it is, links nothing, mentions nobody, ends no table. Pure."""

from __future__ import annotations

import re

LONGEST_NAME = 200
LONGEST_PROSE = 1000

_LIKENESS = str.maketrans({"`": "\u02cb", "|": "\u00a6"})
"""What would end a code span or a cell, by a mark that looks like it: inside a span there is no escape for either."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]#!|~$^])")
_JOINED = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH-)(?=\d)", re.IGNORECASE)
"""Where GitHub sees a mention, an issue, an address; a backslash would not keep it from that."""
_APART = "\u200b"


def code(text: str) -> str:
    """A name as a code span."""
    return f"`{_line(text, LONGEST_NAME).translate(_LIKENESS) or '-'}`"


def prose(text: str) -> str:
    """A sentence with names in it, on one line."""
    marked = _SPECIAL.sub(r"\\\1", _line(text, LONGEST_PROSE))
    return _JOINED.sub(_APART, marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def fenced(text: str) -> tuple[str, list[str]]:
    """Lines as they are, and the fence to set above and below them: longer than any in them."""
    shown = ("".join(mark if mark.isprintable() else " " for mark in line) for line in text.splitlines())
    lines = [line if len(line) <= LONGEST_PROSE else f"{line[: LONGEST_PROSE - 1]}…" for line in shown]
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1), lines


def word(text: str) -> str:
    """A project's or stack's name inside an HTML comment."""
    return re.sub(r"-(?=-)|[^\w.-]", "_", text)


def _line(text: str, longest: int) -> str:
    shown = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
