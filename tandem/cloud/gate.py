"""The gate before an update: what a plan would replace, delete or stop that must not go by the way. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from tandem.cloud import effects
from tandem.engines import Step

PAGE = "docs/growing.md"

Danger = Literal["replace", "delete", "stop"]
_DOES = {"replace": "would be replaced", "delete": "would be deleted", "stop": "would be stopped for a minute or two"}

_WAYS: tuple[tuple[str, str, str], ...] = (
    (effects.INSTANCE, "bootDisk.initializeParams.size", "a-smaller-disk"),
    (effects.INSTANCE, "zone", "another-zone"),
    (effects.INSTANCE, "project", "another-project-or-name"),
    (effects.INSTANCE, "name", "another-project-or-name"),
    (effects.INSTANCE, "bootDisk", "another-boot-disk"),
    (effects.DISK, "type", "another-disk-type"),
    (effects.DISK, "size", "a-smaller-disk"),
    (effects.DISK, "zone", "another-zone"),
    (effects.DISK, "", "another-project-or-name"),
    (effects.ADDRESS, "region", "another-zone"),
    (effects.ADDRESS, "", "another-project-or-name"),
    (effects.BUCKET, "project", "another-project-or-name"),
    (effects.BUCKET, "", "another-bucket"),
    (effects.SECRET, "project", "another-project-or-name"),
    (effects.SECRET, "", "another-secret"),
)
"""Type, path, heading of the page that has the way round. The first that fits counts."""


@dataclass(frozen=True)
class Verdict:
    """One resource that a plan endangers: how, by which properties, and who still needs it."""

    danger: Danger
    step: Step
    causes: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    @property
    def way(self) -> str:
        """Where the way round is written."""
        if self.holders:
            return "docs/storage.md#keys-rotation"
        if self.danger == "delete":
            return f"{PAGE}#taking-something-away"
        if self.danger == "stop":
            return f"{PAGE}#another-machine-type"
        return f"{PAGE}#{next(self._headings(), 'what-each-edit-does')}"

    def _headings(self) -> Iterator[str]:
        for type_token, path, heading in _WAYS:
            if self.step.type == type_token and any(cause.startswith(path) for cause in self.causes):
                yield heading

    def line(self) -> str:
        """Who, what would happen, by what, and what comes next."""
        by = f" by {', '.join(self.causes)}" if self.causes else ""
        by += f" together with {self.step.along}" if self.step.along else ""
        by += f", and {', '.join(self.holders)} may sign with it" if self.holders else ""
        said = f"{self.step.name}: {effects.noun(self.step.type)} {_DOES[self.danger]}{by}"
        if self.danger == "stop":
            return f"{said}. Its containers start again by themselves. Next: `tandem up --allow-downtime` ({self.way})"
        passes = f"or, where it is meant, `tandem up --allow '{self.step.urn}'`; `preview` has the same word"
        return f"{said}. Next: take the change back; the way round is in {self.way}; {passes}"


def judge(plan: Iterable[Step]) -> list[Verdict]:
    """Everything a plan endangers, allowed or not."""
    return [verdict for step in plan for verdict in _of(step)]


def refused(verdicts: Iterable[Verdict], *, allowed: Collection[str] = (), downtime: bool = False) -> list[Verdict]:
    """Those that may not pass. `allowed`: URNs, or logical names; `downtime`: the machine may be stopped."""
    return [
        verdict
        for verdict in verdicts
        if not ({verdict.step.urn, verdict.step.name} & set(allowed) or (verdict.danger == "stop" and downtime))
    ]


def unknown(plan: Iterable[Step], allowed: Iterable[str]) -> list[str]:
    """What was allowed by name and is in no plan: a word misspelled."""
    known = {name for step in plan for name in (step.urn, step.name)}
    return [name for name in allowed if name not in known]


def _of(step: Step) -> Iterator[Verdict]:
    if step.type not in effects.PROTECTED:
        return
    if step.operation == "delete":
        yield Verdict("delete", step)
    elif step.operation == "replace":
        replacing = [path for path, asks in step.diff.items() if asks == "replace"]
        yield Verdict("replace", step, tuple(sorted(replacing or step.diff)))
    elif step.operation == "update" and step.type == effects.INSTANCE:
        stopping = effects.stops(sorted(step.diff))
        if stopping:
            yield Verdict("stop", step, tuple(stopping))
