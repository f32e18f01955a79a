"""One run over the whole stack: registrations as they come, then the deletes. After a failure nothing new starts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tandem.engines import Event, OnEvent, Operation, StepDone, StepFailed, StepStarted
from tandem.engines.offline.diff import Change, change, effective, readable
from tandem.engines.offline.goal import Goal
from tandem.engines.offline.order import replaced_with, waves
from tandem.engines.offline.resources.kind import Made, StepError
from tandem.engines.offline.state import Record
from tandem.engines.offline.steps import Steps, keeps_nothing, refused, unknowns
from tandem.engines.offline.values import Secret

PARALLEL_DELETES = 8


@dataclass(frozen=True)
class Answer:
    """What a registration gets back. `outputs` go over its own inputs; `lost` ones exist but are not kept."""

    ok: bool
    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    lost: bool = False


FAILED = Answer(ok=False)


class Deployment:
    """The course of one preview, update or destroy. Registrations come from many threads at once.

    `counts` and `done` speak of custom resources only (explicit providers among them): the stack and its components
    have no effect and are left out.
    """

    def __init__(self, steps: Steps, on_event: OnEvent, *, dry: bool) -> None:
        self.steps = steps
        self.state = steps.state
        self.dry = dry
        self.counts: Counter[Operation] = Counter()
        self.done: list[StepDone] = []
        self.failures: list[StepFailed] = []
        self._on_event = on_event
        self._speaking = threading.Lock()
        self._deciding = threading.Lock()
        self._seen: dict[str, str] = {}
        self._early: set[str] = set()
        self._restated: list[Record] = []
        self._leftovers = [*self.state.replaced]

    @property
    def failed(self) -> bool:
        """Whether anything has failed so far."""
        return bool(self.failures)

    def register(self, goal: Goal) -> Answer:
        """Brings one declared resource about. A failure is an event and a refused answer, not an exception."""
        self.steps.sealer.remember(list(goal.inputs.values()))
        # A preview goes on, to show every mistake; an update starts nothing more.
        if self.failed and not self.dry:
            self._seen[goal.urn] = goal.name
            return FAILED
        try:
            record, wanted = self._decide(goal)
        except StepError as error:
            return self._fail("create", goal, time.monotonic(), error)
        return self._answer(goal, record, wanted)

    def _decide(self, goal: Goal) -> tuple[Record | None, Change]:
        kind = self.steps.kinds[goal.type]
        mistakes = kind.schema.mistakes(goal.name, goal.inputs)
        mistakes += [reason for reason in [refused(goal)] if reason]
        if mistakes:
            raise StepError("\n".join(mistakes))
        with self._deciding:
            if goal.urn in self._seen:
                raise StepError(
                    f"two resources of type {goal.type} are called {goal.name}; each needs a name of its own"
                )
            self._seen[goal.urn] = goal.name
        record = None if goal.urn in self._early else self.state.records.get(goal.urn)
        wanted = change(
            kind.schema,
            record,
            goal.inputs,
            self.steps.sealer,
            delete_first=goal.delete_first,
            ignored=goal.ignored,
        )
        self._check(goal, wanted)
        return record, wanted

    def _check(self, goal: Goal, wanted: Change) -> None:
        if wanted.operation == "replace" and goal.protect:
            raise StepError(
                f"{goal.name} is protected, and a change of {', '.join(wanted.keys)} would replace it; "
                "take the change back, or the protection off first"
            )
        if wanted.operation != "same" and not self.dry and unknowns(goal.inputs):
            raise StepError(
                f"{goal.name}: {', '.join(unknowns(goal.inputs))} comes from a secret output of another resource, "
                "which the offline engine does not keep"
            )

    def _answer(self, goal: Goal, record: Record | None, wanted: Change) -> Answer:
        if wanted.operation == "same":
            assert record is not None
            self._restated.append(self.steps.restated(goal, record))
            return self._same(goal, record)
        operation: Operation = "replace" if goal.urn in self._early else wanted.operation
        began = self._start(operation, goal.type, goal.name, goal.urn)
        if self.dry:
            return self._foresee(goal, record, wanted, operation)
        try:
            made = self._effect(goal, record, wanted)
        except StepError as error:
            return self._fail(operation, goal, began, error)
        self._succeed(operation, goal.type, goal.name, goal.urn, began, made.detail)
        return Answer(True, made.id, self._outputs(goal, record, made))

    def _same(self, goal: Goal, record: Record) -> Answer:
        self._succeed("same", goal.type, goal.name, goal.urn, time.monotonic(), "")
        kept = {key: value for key, value in readable(record.inputs).items() if _ignored(goal, key)}
        return Answer(True, record.id, {**kept, **record.computed}, lost=bool(record.lost))

    def _foresee(self, goal: Goal, record: Record | None, wanted: Change, operation: Operation) -> Answer:
        if wanted.operation == "replace" and wanted.delete_first:
            self._early |= {dependent.urn for dependent in self._along(goal.urn)}
        self._succeed(operation, goal.type, goal.name, goal.urn, time.monotonic(), "")
        if wanted.operation != "update" or record is None:
            return Answer(True)
        # In place: the object stays, so do its name and id; what a command will say is not known.
        known = {} if goal.type.startswith("command:") else record.computed
        return Answer(True, record.id, known)

    def _effect(self, goal: Goal, record: Record | None, wanted: Change) -> Made:
        try:
            inputs = effective(goal.inputs, record, self.steps.sealer, goal.ignored)
        except ValueError as error:
            raise StepError(f"{goal.name}: {error}") from error
        if record is None or wanted.operation == "create":
            return self.steps.create(goal, inputs)
        if wanted.operation == "update":
            return self.steps.update(goal, record, inputs, wanted.keys)
        if not wanted.delete_first:
            return self.steps.create(goal, inputs, instead_of=record)
        self._clear_the_way(record)
        return self.steps.create(goal, inputs)

    def _clear_the_way(self, record: Record) -> None:
        along = self._along(record.urn)
        for doomed in [*along, record]:
            if doomed.protect and doomed is not record:
                raise StepError(f"{doomed.name} is protected and would be replaced along with {record.name}")
        for doomed in [*along, record]:
            self._early.add(doomed.urn)
            self.steps.delete(doomed)

    def _along(self, urn: str) -> list[Record]:
        schemas = {type_: kind.schema for type_, kind in self.steps.kinds.items()}
        return [record for record in replaced_with(urn, self.state.records, schemas) if record.urn not in self._seen]

    def _outputs(self, goal: Goal, record: Record | None, made: Made) -> dict[str, Any]:
        kept = {key: value for key, value in readable(record.inputs).items() if _ignored(goal, key)} if record else {}
        secret = keeps_nothing(goal.type, goal.inputs)
        return {**kept, **{key: Secret(value) if secret else value for key, value in made.computed.items()}}

    def delete_undeclared(self) -> None:
        """The end of a good update: replaced old objects, and what the program no longer declares."""
        if not self.dry:
            self.state.amend(self._restated)
        undeclared = [record for urn, record in self.state.records.items() if urn not in self._seen]
        self.delete([*self.state.replaced, *undeclared])

    def delete(self, doomed: Iterable[Record]) -> None:
        """Deletes records, dependents before dependencies; after a failure nothing new starts."""
        chosen = list(doomed)
        for record in chosen:
            if record.protect:
                self._refuse_protected(record)
        if self.failed:
            return
        with ThreadPoolExecutor(PARALLEL_DELETES, thread_name_prefix="tandem-delete") as pool:
            for group in waves(chosen):
                # list() so that a kill inside one of them comes out here.
                list(pool.map(self._delete, group))
                if self.failed:
                    return

    def _refuse_protected(self, record: Record) -> None:
        self.fail(
            "delete", record.type, record.name, record.urn, time.monotonic(),
            f"{record.name} is protected; take the protection off, run an update, then delete it",
        )  # fmt: skip

    def _delete(self, record: Record) -> None:
        if self.failed:
            return
        began = self._start("delete", record.type, record.name, record.urn)
        try:
            if not self.dry:
                self.steps.delete(record)
        except StepError as error:
            self.fail("delete", record.type, record.name, record.urn, began, str(error))
            return
        # The old half of this run's own replacement is an event, but was counted as "replace" already.
        counted = record.urn not in self._seen or any(record is old for old in self._leftovers)
        self._succeed("delete", record.type, record.name, record.urn, began, "", counted=counted)

    def _start(self, operation: Operation, type_: str, name: str, urn: str) -> float:
        if not self.dry:
            self.emit(StepStarted(operation, type_, name, urn))
        return time.monotonic()

    def _succeed(
        self, operation: Operation, type_: str, name: str, urn: str, began: float, detail: str, *, counted: bool = True
    ) -> None:
        seconds = round(time.monotonic() - began, 3)
        step = StepDone(operation, type_, name, urn, seconds, self.steps.sealer.masked(detail))
        with self._deciding:
            self.counts[operation] += counted
            self.done.append(step)
        self.emit(step)

    def _fail(self, operation: Operation, goal: Goal, began: float, error: StepError) -> Answer:
        self._seen.setdefault(goal.urn, goal.name)
        self.fail(operation, goal.type, goal.name, goal.urn, began, str(error))
        return FAILED

    def refuse(self, type_: str, name: str, urn: str, error: StepError) -> Answer:
        """A resource that the engine cannot even take on."""
        self._seen.setdefault(urn, name)
        if self.dry or not self.failed:
            self.fail("create", type_, name, urn, time.monotonic(), str(error))
        return FAILED

    def fail(self, operation: Operation, type_: str, name: str, urn: str, began: float, message: str) -> None:
        """Notes a failure: from here on nothing new starts."""
        seconds = round(time.monotonic() - began, 3)
        step = StepFailed(operation, type_, name, urn, seconds, self.steps.sealer.masked(message))
        self.failures.append(step)
        self.emit(step)

    def emit(self, event: Event) -> None:
        """Tells the listener, one event at a time."""
        with self._speaking:
            self._on_event(event)


def _ignored(goal: Goal, key: str) -> bool:
    return "*" in goal.ignored or key in goal.ignored
