"""Receipts: the one JSON line by which the switch says what it did to an app's traffic."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tandem.engines import StepDone


@dataclass(frozen=True)
class Receipt:
    """What one switch did. Times are milliseconds; None where the switch did not measure. `id`: of its watch, too."""

    app: str
    release: str | None
    previous: str | None
    moved: bool
    ready_ms: int | None
    flip_ms: int | None
    total_ms: int | None
    id: str | None = None


def read(line: str) -> Receipt | None:
    """The receipt in a line of output; None when the line is something else."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or "app" not in said or "moved" not in said:
        return None
    return Receipt(
        app=str(said["app"]),
        release=said.get("release"),
        previous=said.get("from"),
        moved=bool(said["moved"]),
        ready_ms=said.get("ready_ms"),
        flip_ms=said.get("flip_ms"),
        total_ms=said.get("total_ms"),
        id=said.get("id"),
    )


def by_app(steps: Iterable[StepDone]) -> dict[str, Receipt]:
    """The receipts among the details of finished steps."""
    found = (read(step.detail) for step in steps if step.detail)
    return {receipt.app: receipt for receipt in found if receipt is not None}
