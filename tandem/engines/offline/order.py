"""Which resources depend on which, and the order in which they may go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tandem.engines.offline.schema import Effect, Schema
from tandem.engines.offline.state import Record


def waves(doomed: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in groups that may go at the same time: nobody goes before what depends on it.

    An old object of a replacement shares its URN with nothing in `doomed` that it could wait for.
    """
    left = list(doomed)
    while left:
        needed = {urn for record in left for urn in record.dependencies}
        free = [record for record in left if record.urn not in needed]
        # A cycle cannot come from a program; should a state file hold one, everything in it goes at once.
        group = free or left
        yield group
        left = [record for record in left if not any(record is gone for gone in group)]


def replaced_with(urn: str, records: Mapping[str, Record], schemas: Mapping[str, Schema]) -> list[Record]:
    """The records that are replaced because `urn` is deleted first, dependents before dependencies.

    As the real engine does: a dependent goes along when a property that comes from a replaced resource is one whose
    change would replace it. Mere `depends_on` does not count.
    """
    gone = {urn}
    along: list[Record] = []
    while True:
        more = [
            record
            for record in records.values()
            if record.urn not in gone and _follows(record, gone, schemas[record.type])
        ]
        if not more:
            return [record for group in waves(along) for record in group]
        along += more
        gone |= {record.urn for record in more}


def _follows(record: Record, gone: set[str], schema: Schema) -> bool:
    return any(
        key in schema.properties and schema.properties[key].effect is Effect.REPLACE and gone & set(urns)
        for key, urns in record.property_dependencies.items()
    )
