"""What has to happen to a resource: recorded inputs against wanted ones. Pure but for the digests' key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tandem.engines.offline.schema import Effect, Schema
from tandem.engines.offline.secrets import Sealer, has_seal
from tandem.engines.offline.state import Record


@dataclass(frozen=True)
class Change:
    """The operation, the properties that ask for it, and for a replacement which of the two objects comes first."""

    operation: Literal["create", "update", "replace", "same"]
    keys: tuple[str, ...] = ()
    delete_first: bool = False


def change(
    schema: Schema,
    record: Record | None,
    wanted: Mapping[str, Any],
    sealer: Sealer,
    *,
    delete_first: bool | None = None,
    ignored: Collection[str] = (),
) -> Change:
    """What it takes to get from `record` to `wanted`.

    `delete_first` is the program's word, None when it said nothing; `ignored` names properties, or "*" for all.
    """
    if record is None:
        return Change("create")
    keys = tuple(key for key in changed_keys(schema, record.inputs, wanted, sealer) if not is_ignored(key, ignored))
    if record.doubtful and "*" not in ignored:
        # Nobody knows what is there: an object is made anew, a command (idempotent by contract) is run again.
        return Change("replace", keys, True) if schema.named else Change("update", keys)
    if any(schema.properties[key].effect is Effect.REPLACE for key in keys if key in schema.properties):
        return Change("replace", keys, _deletes_first(schema, record, wanted, keys, delete_first))
    return Change("update", keys) if keys else Change("same")


def changed_keys(
    schema: Schema, recorded: Mapping[str, Any], wanted: Mapping[str, Any], sealer: Sealer
) -> tuple[str, ...]:
    """The properties that differ, sorted. An unknown value counts as different."""
    both = sorted(recorded.keys() | wanted.keys())
    return tuple(key for key in both if not _same(schema, key, recorded, wanted, sealer))


def _same(schema: Schema, key: str, recorded: Mapping[str, Any], wanted: Mapping[str, Any], sealer: Sealer) -> bool:
    if key not in recorded or key not in wanted:
        return False
    unordered = key in schema.properties and schema.properties[key].unordered
    return sealer.same(recorded[key], wanted[key], unordered=unordered)


def _deletes_first(
    schema: Schema, record: Record, wanted: Mapping[str, Any], keys: tuple[str, ...], said: bool | None
) -> bool:
    if said is not None:
        return said
    # Two objects cannot share a name that the program chose; the real providers delete first for the same reason.
    keeps_name = schema.named and "name" in wanted and "name" in record.inputs and "name" not in keys
    return schema.delete_first or keeps_name


def is_ignored(key: str, ignored: Collection[str]) -> bool:
    """Whether `ignore_changes` covers this property."""
    return "*" in ignored or key in ignored


def effective(
    wanted: Mapping[str, Any], record: Record | None, sealer: Sealer, ignored: Collection[str]
) -> dict[str, Any]:
    """The inputs an effect has to use: wanted ones, but recorded ones where `ignore_changes` says so.

    Raises ValueError when a recorded one holds a secret that has changed since: only its digest is left.
    """
    if record is None or not ignored:
        return dict(wanted)
    chosen = {key: value for key, value in wanted.items() if not is_ignored(key, ignored)}
    for key, value in record.inputs.items():
        if not is_ignored(key, ignored):
            continue
        if has_seal(value) and not (key in wanted and sealer.same(value, wanted[key])):
            raise ValueError(
                f"its property {key} is in ignore_changes and holds a secret that has changed; "
                "the offline engine keeps no secret, so it cannot make this object again as it was"
            )
        chosen[key] = wanted[key] if has_seal(value) else value
    return chosen


def readable(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """The recorded properties that hold no sealed secret."""
    return {key: value for key, value in recorded.items() if not has_seal(value)}
