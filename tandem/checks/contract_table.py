"""What `tandem check env` found, as a table per app or as JSON. Names and places, never a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tandem.checks.contract import Looked, arrived
from tandem.checks.finding import MARKS, Finding
from tandem.checks.variables import Row
from tandem.says.tables import columns


def lines(looked: Looked) -> Iterator[str]:
    """The app, its variables, its paths, and what to do."""
    seen = looked.seen
    yield f"{looked.app}: {seen.release or seen.why}{f', as {looked.user}' if looked.user else ''}"
    cells = [
        [MARKS[row.level], row.name, row.expected, row.where, _aliases(row), _in_container(row, looked), row.found]
        for row in looked.rows
    ]
    if cells:
        yield from columns([["", "variable", "expected", "from", "aliases", "in the container", ""], *cells])
    paths = [
        [MARKS[finding.level], path, looked.section.expects.paths[path].words.replace(",", ", "), _said(finding)]
        for path, finding in looked.paths.items()
    ]
    if paths:
        yield from columns([["", "path", "expected", ""], *paths])
    for row in looked.rows:
        if row.remedy:
            yield f"→ {row.name}: {row.remedy}"
    for path, finding in looked.paths.items():
        if finding.remedy:
            yield f"→ {path}: {finding.remedy}"


def as_json(looked: Looked) -> Iterator[dict[str, Any]]:
    """A line per variable and per path, with the keys of `tandem check --json` and its own."""
    for row in looked.rows:
        yield {
            "check": f"env {looked.app}",
            "level": row.level,
            "found": row.found,
            "remedy": row.remedy,
            "app": looked.app,
            "variable": row.name,
            "expected": row.expected,
            "from": row.origin,
            "source": row.source or None,
            "aliases": list(row.aliases),
            "injected": row.injected,
            "release": looked.seen.release or None,
            "in_container": _in_container(row, looked) == "yes" if looked.seen.release else None,
        }
    for path, finding in looked.paths.items():
        words = [word for word in looked.seen.words if word.path == path]
        yield {
            "check": f"env {looked.app}",
            "level": finding.level,
            "found": "" if finding.level == "good" else finding.found,
            "remedy": finding.remedy,
            "app": looked.app,
            "path": path,
            "expected": looked.section.expects.paths[path].words.split(","),
            "release": looked.seen.release or None,
            "so": {word.word: word.so for word in words},
        }


def levels(looked: Looked) -> list[Finding]:
    """What decides the exit code."""
    return [
        *(Finding(row.name, row.level, row.found, row.remedy, row.code) for row in looked.rows),
        *looked.paths.values(),
    ]


def _aliases(row: Row) -> str:
    return ", ".join(row.aliases) + (" (told too)" if row.injected else " (refused)") if row.aliases else "-"


def _in_container(row: Row, looked: Looked) -> str:
    if not looked.seen.release:
        return "-"
    return "yes" if arrived(row, looked.seen) else "no"


def _said(finding: Finding) -> str:
    return "as expected" if finding.level == "good" else finding.found
