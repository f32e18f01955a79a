"""As much of GitHub's `${{ … }}` as the workflows may use: names, texts, `==`, `!=`, `!`, `&&`, `||`, status functions.

A workflow that needs more is too clever to be run on a laptop: the evaluator refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"\s*(\|\||&&|==|!=|!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][\w.*-]*|[0-9]+)")
_INSERTED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
FUNCTIONS = ("always", "success", "failure", "cancelled")


class UnknownError(Exception):
    """The expression says something that is not understood here."""


def filled(text: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with its expressions evaluated; one that is nothing but an expression keeps its type."""
    if not isinstance(text, str):
        return text
    whole = _INSERTED.fullmatch(text.strip())
    if whole:
        return evaluated(whole[1], contexts)
    return _INSERTED.sub(lambda found: said(evaluated(found[1], contexts)), text)


def said(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def condition(text: Any, contexts: Mapping[str, Any]) -> bool:
    """An `if:`. One without a status function holds only where nothing has failed so far."""
    if text is None:
        return bool(contexts["job"]["status"] == "success")
    inner = str(text).strip()
    whole = _INSERTED.fullmatch(inner)
    inner = whole[1] if whole else inner
    implied = any(f"{name}()" in inner for name in FUNCTIONS) or contexts["job"]["status"] == "success"
    return implied and bool(evaluated(inner, contexts))


def evaluated(text: str, contexts: Mapping[str, Any]) -> Any:
    """The value of one expression."""
    reader = _Reader(text, contexts)
    value = reader.either()
    if reader.words:
        raise UnknownError(f"{text.strip()}: {reader.words[0]!r} is not understood")
    return value


class _Reader:
    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self.contexts = contexts
        self.words: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = _WORD.match(text, at)
            if not found:
                raise UnknownError(f"{text.strip()}: not understood from {text[at:]!r} on")
            self.words.append(found[1])
            at = found.end()

    def either(self) -> Any:
        value = self.both()
        while self._next("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.compared()
        while self._next("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Any:
        value = self.one()
        if self._next("=="):
            return said(value) == said(self.one())
        if self._next("!="):
            return said(value) != said(self.one())
        return value

    def one(self) -> Any:
        if self._next("!"):
            return not self.one()
        if self._next("("):
            value = self.either()
            self._must(")")
            return value
        word = self.words.pop(0) if self.words else ""
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if word.isdigit():
            return int(word)
        if word in ("true", "false"):
            return word == "true"
        return self._called(word) if self._next("(") else self._named(word)

    def _called(self, name: str) -> bool:
        self._must(")")
        status = self.contexts["job"]["status"]
        if name not in FUNCTIONS:
            raise UnknownError(f"{name}() is not understood")
        return name == "always" or name == {"success": "success", "failure": "failure"}.get(status, "cancelled")

    def _named(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first not in self.contexts:
            raise UnknownError(f"{path}: there is no context {first!r}")
        value: Any = self.contexts[first]
        for key in rest:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _next(self, word: str) -> bool:
        if self.words and self.words[0] == word:
            self.words.pop(0)
            return True
        return False

    def _must(self, word: str) -> None:
        if not self._next(word):
            raise UnknownError(f"expected {word!r} before {self.words}")
