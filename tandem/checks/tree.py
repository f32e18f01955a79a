"""Is there a secret in what git tracks? By `git grep`, which reads a large checkout in a tenth of a second."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tandem.checkout import git
from tandem.checks import allowed, secret_patterns
from tandem.checks.finding import Finding, bad, good, note
from tandem.exits import REFUSED

SUBJECT = "tree"
LIMIT = 30.0
_WITHOUT_PCRE = "USE_LIBPCRE"
REMEDY = (
    "Take it out and have a new one made: whoever has the repository has this one. If it is none: "
    f"`# {secret_patterns.PRAGMA}` on its line, or its path in {allowed.FILE} (docs/checks.md)"
)


@dataclass(frozen=True, order=True)
class Place:
    """Where something has the form of a secret: `path` from the root of the checkout, with slashes."""

    path: str
    line: int
    kind: str


class CannotLookError(Exception):
    """Nothing could be looked at; `str` says why."""


def findings(folder: Path) -> Iterator[Finding]:
    """One for each place in the checkout that `folder` is in. Raises Stop (usage) for a wrong allow-list."""
    try:
        root = _root(folder)
        places = look(root)
    except CannotLookError as error:
        yield note(SUBJECT, f"not looked at: {error}")
        return
    file = root / allowed.FILE
    lines = allowed.read(file.read_text(encoding="utf-8")) if file.is_file() else []
    left = [place for place in places if not any(line.covers(place.path, place.kind) for line in lines)]
    for place in left:
        yield bad(SUBJECT, f"{place.path}:{place.line}: {place.kind}", REMEDY, REFUSED)
    for line in allowed.unused(lines, [(place.path, place.kind) for place in places]):
        yield note(SUBJECT, f"{allowed.FILE}: {line} allows nothing that is there", "Take the line out")
    if not left:
        yield good(SUBJECT, "nothing that git tracks has the form of a secret")


def look(root: Path) -> list[Place]:
    """Every place, in order."""
    found = []
    for path, number, line in _lines(root):
        found += [Place(path, number, kind) for kind in secret_patterns.kinds(path, line)]
    return sorted(found)


def tracked(folder: Path) -> list[str]:
    """The paths that git tracks in the checkout of a folder, from its root. Raises CannotLookError."""
    asked = _git(_root(folder), "ls-files", "-z")
    if asked.returncode != 0:
        raise CannotLookError(_reason(asked))
    return asked.stdout.decode(errors="replace").split("\0")[:-1]


def _root(folder: Path) -> Path:
    folder = folder.resolve()
    root = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
    if root is None:
        raise CannotLookError("the stack file is in no git checkout")
    return root


def _lines(root: Path) -> Iterator[tuple[str, int, str]]:
    """Path, number and text of every line that may have one."""
    asked = _grep(root, ["-P"], secret_patterns.spelled(posix=False))
    if asked.returncode > 1 and _WITHOUT_PCRE in asked.stderr.decode(errors="replace"):
        asked = _grep(root, ["-E"], secret_patterns.spelled(posix=True))
    if asked.returncode > 1:
        raise CannotLookError(_reason(asked))
    for row in asked.stdout.decode(errors="replace").split("\n"):
        path, _, rest = row.partition("\0")
        number, _, line = rest.partition("\0")
        if number:
            yield path, int(number), line


def _grep(root: Path, style: Sequence[str], forms: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    words = [word for form in forms for word in ("-e", form)]
    return _git(root, "grep", "--no-color", "-I", "-n", "-z", *style, *words)


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return git.asked(folder, *words, limit=LIMIT)
    except FileNotFoundError:
        raise CannotLookError("no `git` on PATH") from None
    except subprocess.TimeoutExpired:
        raise CannotLookError(f"git did not answer within {LIMIT:g} s") from None


def _reason(asked: subprocess.CompletedProcess[bytes]) -> str:
    said = asked.stderr.decode(errors="replace").strip().splitlines()
    return said[0] if said else f"git: exit code {asked.returncode}"
