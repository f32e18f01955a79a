"""`.secrets-allowed`: places that look as if they held a secret and hold none. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from config.nearest import did_you_mean
from tandem.checks.secret_patterns import FORMS
from tandem.exits import usage

FILE = ".secrets-allowed"


@dataclass(frozen=True)
class Allowed:
    """One line: a path as git says it, `*` for anything within, and the kind that is meant; "" = every kind."""

    path: str
    kind: str = ""

    def covers(self, path: str, kind: str) -> bool:
        """Whether a place is meant."""
        return fnmatchcase(path, self.path) and self.kind in ("", kind)

    def __str__(self) -> str:
        return f"{self.path} {self.kind}".strip()


def read(text: str) -> list[Allowed]:
    """The lines of the file: `PATH [KIND]`, and comments from `#`. Raises Stop (usage) at one that is none."""
    return list(_read(text))


def unused(lines: Collection[Allowed], places: Collection[tuple[str, str]]) -> list[Allowed]:
    """The lines that allow nothing that is there. `places`: path and kind."""
    return [one for one in lines if not any(one.covers(path, kind) for path, kind in places)]


def _read(text: str) -> Iterator[Allowed]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if len(words) > 2:
            raise usage(f"{FILE}:{number}: expected a path and at most a kind, for example tests/keys/* private-key")
        if len(words) == 2 and words[1] not in FORMS:
            hint = did_you_mean(words[1], FORMS) or f"there is: {', '.join(FORMS)}"
            raise usage(f"{FILE}:{number}: {words[1]!r} is no kind; {hint}")
        if words:
            yield Allowed(*words)
