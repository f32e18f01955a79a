"""What a preview says of one resource, as a step of the plan."""

from __future__ import annotations

from collections.abc import Sequence

from tandem.engines import Difference, Operation, Step
from tandem.engines.offline.goal import Goal
from tandem.engines.offline.state import Record
from tandem.engines.offline.values import shown


def foreseen(goal: Goal, operation: Operation, changed: Sequence[str]) -> Step:
    """What a registration will lead to; `changed` are its top-level properties that differ."""
    asks: Difference = "replace" if operation == "replace" else "update"
    return Step(
        operation,
        goal.type,
        goal.name,
        goal.urn,
        shown(goal.inputs),
        dict.fromkeys(changed, asks),
        protect=goal.protect,
        delete_before_replace=goal.delete_first,
        ignore_changes=goal.ignored,
        provider=goal.provider.rpartition("::")[2],
    )


def doomed(record: Record) -> Step:
    """What will be deleted. Secrets of a record are digests, so its inputs say nothing that could be shown."""
    return Step("delete", record.type, record.name, record.urn, protect=record.protect)
