"""One run over the whole stack: registrations as they come, then the deletes. After a failure nothing new starts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem.engines import Operation
from tandem.engines.offline.deletion import Deletion
from tandem.engines.offline.diff import Change, change, effective, is_ignored, readable
from tandem.engines.offline.foreseen import foreseen
from tandem.engines.offline.goal import Goal
from tandem.engines.offline.order import replaced_with
from tandem.engines.offline.progress import Progress, Subject
from tandem.engines.offline.resources.kind import Made, StepError
from tandem.engines.offline.state import Record
from tandem.engines.offline.steps import Steps, keeps_nothing, refused, unknowns
from tandem.engines.offline.values import Secret


@dataclass(frozen=True)
class Answer:
    """What a registration gets back. `outputs` go over its own inputs; `lost` = some exist but are not kept."""

    ok: bool
    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    lost: bool = False


FAILED = Answer(ok=False)
PROVIDER = "pulumi:providers:docker"


class Deployment:
    """The course of one preview, update or destroy. Registrations come from many threads at once."""

    def __init__(self, steps: Steps, progress: Progress, *, dry: bool) -> None:
        self.steps = steps
        self.state = steps.state
        self.progress = progress
        self.dry = dry
        self._deciding = threading.Lock()
        self._seen: set[str] = set()
        self._early: set[str] = set()
        """Deleted ahead of a dependency's replacement; declared again, they are its other half."""
        self._restated: list[Record] = []
        self._leftovers = list(self.state.replaced)
        self._deletion = Deletion(steps, progress, dry=dry, counted=self._is_counted)

    def register(self, goal: Goal) -> Answer:
        """Brings one declared resource about. A failure is an event and a refused answer, not an exception."""
        self.steps.sealer.remember(list(goal.inputs.values()))
        if goal.type == PROVIDER:
            self.steps.sealer.remember(self.steps.worlds.know(goal.urn, goal.inputs))
        # A preview goes on, to show every mistake; an update starts nothing more.
        if self.progress.stopped and not self.dry:
            return FAILED
        try:
            record, wanted = self._decide(goal)
        except StepError as error:
            return self.refuse(goal, str(error))
        operation: Operation = "replace" if goal.urn in self._early else wanted.operation
        if self.dry:
            self.progress.foresee(foreseen(goal, operation, wanted.keys))
        if wanted.operation == "same" and record is not None:
            return self._same(goal, record)
        if self.dry:
            return self._foresee(goal, record, wanted, operation)
        return self._carry_out(goal, record, wanted, operation)

    def refuse(self, subject: Subject, message: str) -> Answer:
        """A resource that cannot even be begun. Once something has failed, an update says no more."""
        if self.dry or not self.progress.stopped:
            self.progress.fail("create", subject, time.monotonic(), message)
        return FAILED

    def _decide(self, goal: Goal) -> tuple[Record | None, Change]:
        schema = self.steps.kinds[goal.type].schema
        mistakes = schema.mistakes(goal.name, goal.inputs)
        mistakes += [reason for reason in [refused(goal)] if reason]
        if mistakes:
            raise StepError("\n".join(mistakes))
        with self._deciding:
            if goal.urn in self._seen:
                raise StepError(f"two resources of type {goal.type} are called {goal.name}; give each its own name")
            self._seen.add(goal.urn)
        record = None if goal.urn in self._early else self.state.records.get(goal.urn)
        wanted = change(
            schema, record, goal.inputs, self.steps.sealer, delete_first=goal.delete_first, ignored=goal.ignored
        )
        self._check(goal, wanted)
        return record, wanted

    def _check(self, goal: Goal, wanted: Change) -> None:
        if wanted.operation == "replace":
            along = self._along(goal.urn) if wanted.delete_first else []
            protected = [
                name for name, on in [(goal.name, goal.protect), *((it.name, it.protect) for it in along)] if on
            ]
            if protected:
                raise StepError(
                    f"{', '.join(protected)} is protected, and a change of {', '.join(wanted.keys)} of {goal.name} "
                    "would replace it; take the change back, or first the protection off"
                )
        if wanted.operation != "same" and not self.dry and unknowns(goal.inputs):
            raise StepError(
                f"{goal.name}: {', '.join(unknowns(goal.inputs))} comes from a secret output of another resource, "
                "which the offline engine does not keep"
            )

    def _same(self, goal: Goal, record: Record) -> Answer:
        self._restated.append(self.steps.restated(goal, record))
        self.progress.succeed("same", goal, time.monotonic())
        return Answer(True, record.id, {**_kept(goal, record), **record.computed}, lost=bool(record.lost))

    def _foresee(self, goal: Goal, record: Record | None, wanted: Change, operation: Operation) -> Answer:
        if wanted.operation == "replace" and wanted.delete_first:
            self._early |= {dependent.urn for dependent in self._along(goal.urn)}
        self.progress.succeed(operation, goal, time.monotonic())
        if wanted.operation != "update" or record is None:
            return Answer(True)
        # In place: the object stays, so do its name and id; what a command will say is not known.
        return Answer(True, record.id, {} if goal.type.startswith("command:") else record.computed)

    def _carry_out(self, goal: Goal, record: Record | None, wanted: Change, operation: Operation) -> Answer:
        began = self.progress.start(operation, goal)
        try:
            made = self._effect(goal, record, wanted)
        except StepError as error:
            self.progress.fail(operation, goal, began, str(error))
            return FAILED
        self.progress.succeed(operation, goal, began, detail=made.detail)
        secret = keeps_nothing(goal.type, goal.inputs)
        said = {key: Secret(value) if secret else value for key, value in made.computed.items()}
        return Answer(True, made.id, {**_kept(goal, record), **said})

    def _effect(self, goal: Goal, record: Record | None, wanted: Change) -> Made:
        try:
            inputs = effective(goal.inputs, record, self.steps.sealer, goal.ignored)
        except ValueError as error:
            raise StepError(f"{goal.name}: {error}") from error
        if record is None:
            return self.steps.create(goal, inputs)
        if wanted.operation == "update":
            return self.steps.update(goal, record, inputs, wanted.keys)
        if not wanted.delete_first:
            return self.steps.create(goal, inputs, instead_of=record)
        self._clear_the_way(record)
        return self.steps.create(goal, inputs)

    def _clear_the_way(self, record: Record) -> None:
        """Deletes the old object, and before it those that would be replaced for want of it."""
        for dependent in self._along(record.urn):
            self._early.add(dependent.urn)
            began = self.progress.start("delete", dependent)
            self.steps.delete(dependent)
            self.progress.succeed("delete", dependent, began, counted=False)
        self.steps.delete(record)

    def _along(self, urn: str) -> list[Record]:
        schemas = {type_: kind.schema for type_, kind in self.steps.kinds.items()}
        return [record for record in replaced_with(urn, self.state.snapshot(), schemas) if record.urn not in self._seen]

    def restate(self) -> None:
        """Notes today's options and dependencies of what did not change."""
        self.state.amend(self._restated)

    def delete_undeclared(self) -> None:
        """The end of a good update: replaced old objects, and what the program no longer declares."""
        undeclared = [record for urn, record in self.state.snapshot().items() if urn not in self._seen]
        self.delete([*self.state.replaced, *undeclared])

    def delete(self, doomed: Iterable[Record]) -> None:
        """Deletes records, dependents before dependencies."""
        self._deletion.run(doomed)

    def _is_counted(self, record: Record) -> bool:
        # The old half of this run's own replacement is an event, but was counted as "replace" already.
        declared = record.urn in self._seen or record.urn in self._early
        return not declared or any(record is old for old in self._leftovers)


def _kept(goal: Goal, record: Record | None) -> dict[str, Any]:
    """The recorded inputs that `ignore_changes` keeps, as outputs."""
    if record is None:
        return {}
    return {key: value for key, value in readable(record.inputs).items() if is_ignored(key, goal.ignored)}
