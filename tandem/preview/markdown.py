"""The comment for a pull request: a document as GitHub's Markdown, never longer than GitHub takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tandem.cloud import effects
from tandem.cloud.gate import Verdict
from tandem.engines import Operation
from tandem.preview.document import Change, Document, Outcome
from tandem.preview.escape import code, fenced, prose, word

LIMIT = 65_536
"""Characters of a comment on GitHub. Bytes are counted, which are never fewer."""
PAGE = "docs/preview.md"
MOST_PROPERTIES = 8

_RESERVE = 160
"""Bytes kept back for each section: what it would say of rows that were left out."""
_TITLES: dict[Outcome, str] = {
    "unchanged": "nothing changes",
    "changes": "what `up` would do",
    "refused": "refused",
    "invalid": "a mistake in the stack file or the command",
    "failed": "failed",
}
_COUNTS: tuple[tuple[Operation, str], ...] = (
    ("delete", "to delete"),
    ("replace", "to replace"),
    ("update", "to update"),
    ("create", "to create"),
)
_POLICY = ("#### Refused by the policy", "", "Rules, and how to accept one: `docs/policy.md`.", "")
_NOT_WHOLE = ("", "The engine stopped there: the whole plan may refuse more, and the policy was not asked.")
_DANGERS = {
    "replace": "would be replaced",
    "delete": "would be deleted",
    "stop": "would be stopped for a minute or two",
}


@dataclass(frozen=True)
class Section:
    """A part whose rows may be left out from the end; `below` closes it, where something has to."""

    above: Sequence[str]
    rows: Sequence[str]
    below: Sequence[str] = ()


def marker(project: str, stack: str) -> str:
    """The first line, by which a workflow finds the comment that it wrote before."""
    return f"<!-- tandem preview: {word(project)}/{word(stack)} -->"


def render(document: Document, limit: int = LIMIT) -> str:
    """The comment."""
    head, foot = _head(document), _foot(document)
    sections = [one for one in _sections(document) if one.rows]
    fixed = [*head, *foot, *(line for one in sections for line in (*one.above, *one.below, ""))]
    room = limit - _size(fixed) - _RESERVE * len(sections)
    lines = head
    for section in sections:
        kept, room = _fitting(section.rows, room)
        left_out = len(section.rows) - kept
        lines = [*lines, *section.above, *section.rows[:kept], *section.below]
        if left_out:
            lines += [
                "",
                f"*{left_out} more left out: GitHub takes no longer comment. `tandem preview` says all.*",
            ]
        lines.append("")
    return "\n".join([*lines, *foot]) + "\n"


def _fitting(rows: Sequence[str], room: int) -> tuple[int, int]:
    """How many rows fit, and what room they leave."""
    for number, row in enumerate(rows):
        if _size([row]) > room:
            return number, room
        room -= _size([row])
    return len(rows), room


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _head(document: Document) -> list[str]:
    stack = document.stack
    title = f"### Preview of {code(f'{stack.project}/{stack.name}')}: {_TITLES[document.outcome]}"
    counts = _counts(document)
    return [marker(stack.project, stack.name), title, "", *([counts, ""] if counts else [])]


def _counts(document: Document) -> str:
    said = [f"{number} {words}" for operation, words in _COUNTS if (number := document.count(operation))]
    if document.unchanged:
        said.append(f"{document.unchanged} unchanged")
    if document.count("delete", "replace"):
        said[0] = f"**{said[0]}**"  # the order of _COUNTS puts it first
    return f"{', '.join(said)}." if said else ""


def _foot(document: Document) -> list[str]:
    stack = document.stack
    how = f"Engine {stack.engine}" if stack.engine else "No engine was asked"
    if stack.head:
        base, head = code(_short(stack.base)), code(_short(stack.head))
        how = f"What {head} declares against {base}, its merge base with {code(stack.ref)}; no state, secrets or engine"
    elif stack.commit:
        how += f", commit {code(_short(stack.commit))}"
    return [f"<sub>{how}. How to read this: `{PAGE}`.</sub>"]


def _short(commit: str) -> str:
    number, mark, dirty = commit.partition("-")
    return f"{number[:12]}{mark}{dirty}"


def _sections(document: Document) -> Iterator[Section]:
    """Why it may not pass comes first, then the traffic, then the rest."""
    if document.error:
        fence, lines = fenced(document.error)
        yield Section([f"{fence}text"], lines, [fence])
    yield Section(
        ["#### Refused by the gate", ""],
        [_verdict(one) for one in document.review.refused],
        [] if document.review.whole else _NOT_WHOLE,
    )
    yield Section(
        ["#### Refused by the policy", "", "Rules, and how to accept one: `docs/policy.md`.", ""],
        [_finding(one) for one in document.review.findings if not one.accepted],
    )
    yield Section(["#### Traffic", ""], [f"- {move.words(code)}" for move in document.moves])
    table = ["#### Resources", "", "| | what | name | by |", "|---|---|---|---|"]
    yield Section(table, [_row(change) for change in document.changes])
    yield Section(["#### Accepted risks", ""], [_finding(one) for one in document.review.findings if one.accepted])
    yield Section(["#### To know", ""], [f"- {prose(note)}" for note in document.notes])


def _verdict(verdict: Verdict) -> str:
    said = f"- {code(verdict.step.name)}: {effects.noun(verdict.step.type)} {_DANGERS[verdict.danger]}"
    if verdict.causes:
        said += f" by {_listed(verdict.causes)}"
    if verdict.step.along:
        said += f" together with {code(verdict.step.along)}"
    if verdict.holders:
        said += f", and {_listed(verdict.holders)} may sign with it"
    way = code(verdict.way)
    if verdict.danger == "stop":
        return f"{said}. Its containers start again by themselves. Where it is meant: `--allow-downtime` ({way})"
    meant = code(f"--allow {verdict.step.name}")
    return f"{said}. The way round is in {way}; where it is meant: {meant}"


def _finding(finding: object) -> str:
    rule, resource, message = (str(getattr(finding, name)) for name in ("rule", "resource", "message"))
    return f"- {code(rule)}: {code(resource)} {prose(message)}"


def _row(change: Change) -> str:
    word = "update, with a stop" if change.stops else change.operation
    shown = f"**{word}**" if change.destructive or change.stops else word
    asked = [path for path, asks in change.properties.items() if change.operation != "replace" or asks == "replace"]
    by = _listed(sorted(asked)) or (f"together with {code(change.along)}" if change.along else "")
    return f"| {shown} | {prose(change.noun)} | {code(change.name)} | {by} |"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_PROPERTIES
    shown = ", ".join(code(name) for name in names[:MOST_PROPERTIES])
    return f"{shown} and {more} more" if more > 0 else shown
