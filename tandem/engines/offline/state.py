"""What the engine made, in its store: records of resources, what it was about to do, the last outputs.

One JSON file, replaced as a whole at each change and readable by its owner only. An *intent* is written before every
effect and goes away with the effect's record, so that after a kill the next run knows where to look (`reconcile`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from tandem.engines import EngineError
from tandem.engines.offline.store import Store

VERSION = 1


@dataclass(frozen=True)
class Record:
    """A custom resource as it was made. `inputs` hold seals where the program gave secrets.

    `computed` are the provider's outputs; `lost` names those that were secret and are not kept.
    `doubtful` = its last create, update or delete did not end well; it is made anew when declared again.
    """

    urn: str
    type: str
    id: str
    inputs: dict[str, Any]
    computed: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    retain: bool = False
    doubtful: bool = False

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rpartition("::")[2]

    @cached_property
    def text(self) -> str:
        """The record as one line of the state file; made once, as the file is written at every step."""
        return json.dumps({name.name: getattr(self, name.name) for name in fields(self)})


@dataclass(frozen=True)
class Intent:
    """An effect that was about to begin. `record` is what would come of a create, or what a delete would remove.

    `physical` is the name the object has, or would have, on its host, decided before the effect.
    """

    operation: Literal["create", "update", "delete"]
    record: Record
    physical: str


class State:
    """The records of one stack, safe to use from many threads; each change is with the store when the call returns."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._changes = 0
        self._written = 0
        self.records: dict[str, Record] = {}
        self.replaced: list[Record] = []
        """Old objects of create-before-delete replacements, still to be deleted."""
        self.intents: dict[str, Intent] = {}
        self.outputs: dict[str, Any] = {}

    @classmethod
    def load(cls, store: Store) -> State:
        """What the store has, empty when there is none. Raises EngineError when it is not one of ours."""
        state = cls(store)
        text = store.read()
        if not text:
            return state
        try:
            raw = json.loads(text)
            if raw["version"] != VERSION:
                raise ValueError(f"version {raw['version']} instead of {VERSION}")
            state.records = {urn: Record(**record) for urn, record in raw["records"].items()}
            state.replaced = [Record(**record) for record in raw["replaced"]]
            state.intents = {key: _intent(item) for key, item in raw["intents"].items()}
            state.outputs = raw["outputs"]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(
                f"{store.place}: not a state file of the offline engine ({error}); restore it from a backup"
            ) from error
        return state

    def begin(self, intent: Intent) -> None:
        """Notes an effect before it starts."""
        with self._changing():
            self.intents[_key(intent)] = intent

    def end(self, intent: Intent, record: Record | None, *, old: Record | None = None) -> None:
        """The effect is over: keep `record`, or none; `old` still has to be deleted later."""
        with self._changing():
            self.intents.pop(_key(intent), None)
            if record is None:
                self._drop(intent.record)
            else:
                self.records[record.urn] = record
            if old is not None:
                self.replaced.append(old)

    def abandon(self, intent: Intent) -> None:
        """The effect failed and left nothing: everything is as before."""
        with self._changing():
            self.intents.pop(_key(intent), None)

    def forget(self, record: Record) -> None:
        """Drops a record without an effect."""
        with self._changing():
            self._drop(record)

    def amend(self, records: list[Record]) -> None:
        """Replaces records whose options or dependencies changed; writes only if any did."""
        changed = [record for record in records if self.records.get(record.urn) not in (record, None)]
        if changed:
            with self._changing():
                self.records.update({record.urn: record for record in changed})

    def snapshot(self) -> dict[str, Record]:
        """The records of this moment, for a look at all of them while others change them."""
        with self._lock:
            return dict(self.records)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the stack exists, or may exist."""
        return not (self.records or self.replaced or self.intents)

    def finish(self, outputs: dict[str, Any]) -> None:
        """Keeps the outputs of a good run; writes only if they changed."""
        if outputs != self.outputs:
            with self._changing():
                self.outputs = outputs

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A change that is with the store when the block has ended. Changes of many threads may share one write."""
        with self._lock:
            yield
            self._changes += 1
            mine = self._changes
        with self._writing:
            if self._written < mine:
                with self._lock:
                    covered, text = self._changes, self._text()
                self._store.write(text.encode())
                self._written = covered

    def _drop(self, record: Record) -> None:
        # An old object and its replacement share a URN; identity tells them apart.
        if any(old is record or old == record for old in self.replaced):
            self.replaced = [old for old in self.replaced if old != record]
        else:
            self.records.pop(record.urn, None)

    def _text(self) -> str:
        intents = {key: asdict(intent) for key, intent in self.intents.items()}
        records = ",\n".join(f"{json.dumps(urn)}: {record.text}" for urn, record in self.records.items())
        replaced = ",\n".join(record.text for record in self.replaced)
        return (
            f'{{"version": {VERSION},\n"outputs": {json.dumps(self.outputs)},\n"intents": {json.dumps(intents)},\n'
            f'"replaced": [{replaced}],\n"records": {{\n{records}\n}}}}\n'
        )


def _key(intent: Intent) -> str:
    # A replacement creates and deletes under one URN; the id keeps both intents.
    return f"{intent.operation} {intent.record.urn} {intent.record.id}"


def _intent(raw: dict[str, Any]) -> Intent:
    return Intent(operation=raw["operation"], record=Record(**raw["record"]), physical=raw["physical"])


def doubted(record: Record) -> Record:
    """The record with its `doubtful` mark set."""
    return replace(record, doubtful=True)
