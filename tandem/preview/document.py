"""What a preview found, as a value: from here come the comment, the JSON document and the exit code. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from tandem import exits
from tandem.cloud import effects
from tandem.cloud.gate import Verdict
from tandem.cloud.review import Review
from tandem.engines import Difference, Operation, Step
from tandem.preview.traffic import Move
from tandem.says.summary import COUNTED

VERSION = 1
"""Of the JSON document: raised when a name or a meaning changes; names may come."""

Outcome = Literal["unchanged", "changes", "refused", "invalid", "failed"]
Value = TypeVar("Value")

_DESTRUCTIVE_FIRST: tuple[Operation, ...] = ("delete", "replace", "update", "create")
_NOUNS = {"docker:index/container:Container": "container", "docker:index/remoteImage:RemoteImage": "image"}


@dataclass(frozen=True)
class Stack:
    """Of which stack, and what it was compared with.

    `engine`: None where none was asked. `ref`, `base`, `head`: of a difference of declarations; commits.
    """

    project: str
    name: str
    engine: str | None = None
    commit: str = ""
    ref: str = ""
    base: str = ""
    head: str = ""


@dataclass(frozen=True)
class Change:
    """One resource that would change. `stops`: that the machine is off meanwhile. `properties`: path → what it asks."""

    operation: Operation
    type: str
    name: str
    urn: str
    properties: Mapping[str, Difference] = field(default_factory=dict)
    stops: bool = False
    along: str = ""

    @property
    def noun(self) -> str:
        """What a person calls it."""
        if self.type.startswith("pulumi:providers:"):
            return f"connection to {self.type.rpartition(':')[2]}"
        return _NOUNS.get(self.type) or effects.noun(self.type)

    @property
    def destructive(self) -> bool:
        """Whether what is there goes."""
        return self.operation in ("delete", "replace")


@dataclass(frozen=True)
class Document:
    """The whole. `error`: why there is no plan, or why it may not pass. `notes`: what should be known.

    `unchanged`: resources that stay. `seconds`: of the engine.
    """

    stack: Stack
    exit: int = exits.OK
    error: str = ""
    changes: Sequence[Change] = ()
    unchanged: int = 0
    moves: Sequence[Move] = ()
    review: Review = field(default_factory=Review)
    notes: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """How it ended, in a word."""
        if self.exit == exits.REFUSED:
            return "refused"
        if self.exit == exits.USAGE:
            return "invalid"
        if self.exit != exits.OK:
            return "failed"
        return "changes" if self.changes else "unchanged"

    def count(self, *operations: Operation) -> int:
        """How many resources would undergo one of these."""
        return sum(change.operation in operations for change in self.changes)

    def masked(self, mask: Callable[[str], str]) -> Document:
        """The same with `mask` applied to every text in it."""
        return _everywhere(self, mask)

    def as_json(self) -> dict[str, Any]:
        """The JSON document; docs/preview.md says what is in it."""
        counts = {operation: self.count(operation) for operation in COUNTED} | {"same": self.unchanged}
        stack = self.stack
        compared = {"with": "declarations", "ref": stack.ref, "base": stack.base, "head": stack.head}
        return {
            "version": VERSION,
            "project": stack.project,
            "stack": stack.name,
            "engine": stack.engine,
            "commit": stack.commit,
            "compared": compared if stack.ref else {"with": "state"},
            "outcome": self.outcome,
            "exit": self.exit,
            "error": self.error,
            "summary": counts,
            "changed": bool(self.changes),
            "seconds": round(self.seconds, 3),
            "moves": [_move(one) for one in self.moves],
            "changes": [_change(one) for one in self.changes],
            **self.review.as_json(),
            "notes": list(self.notes),
        }


def changes(plan: Iterable[Step], verdicts: Collection[Verdict] = ()) -> list[Change]:
    """Those of a plan that do something, destructive ones first, and of those what a deploy does not touch."""
    stopped = {verdict.step.urn for verdict in verdicts if verdict.danger == "stop"}
    endangered = {verdict.step.urn for verdict in verdicts}
    found = [
        Change(one.operation, one.type, one.name, one.urn, dict(one.diff), one.urn in stopped, one.along)
        for one in plan
        if one.operation != "same" and not _is_bracket(one.type)
    ]
    return sorted(
        found,
        key=lambda one: (
            one.urn not in endangered,
            _DESTRUCTIVE_FIRST.index(one.operation),
            # They come and go with every deploy, guarded.
            one.type.startswith(("command:", "docker:index/container:")),
            one.type,
            one.name,
        ),
    )


def unchanged(plan: Iterable[Step]) -> int:
    """How many stay."""
    return sum(one.operation == "same" and not _is_bracket(one.type) for one in plan)


def _is_bracket(type_token: str) -> bool:
    """The stack itself and the program's own components: nothing happens to them."""
    return type_token.startswith(("pulumi:pulumi:", "tandem:"))


def _move(move: Move) -> dict[str, Any]:
    said = {one.name: getattr(move, one.name) for one in fields(move) if getattr(move, one.name)}
    return {**said, "words": move.words()}


def _change(change: Change) -> dict[str, Any]:
    return {
        "operation": change.operation,
        "type": change.type,
        "noun": change.noun,
        "name": change.name,
        "urn": change.urn,
        "properties": dict(change.properties),
        "stops": change.stops,
        "along": change.along,
    }


def _everywhere(value: Value, mask: Callable[[str], str]) -> Value:
    found: Any = value
    if isinstance(value, str):
        found = mask(value)
    elif isinstance(value, Mapping):
        found = {_everywhere(key, mask): _everywhere(one, mask) for key, one in value.items()}
    elif isinstance(value, (list, tuple)):
        found = type(value)(_everywhere(one, mask) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(value, **{one.name: _everywhere(getattr(value, one.name), mask) for one in fields(value)})
    changed: Value = found
    return changed
