"""What the two commits of a move say: what is wanted, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from tandem.moves.plans import Plan, live_slot
from tandem.says.summary import AppLine


def wishes(planned: Sequence[Plan]) -> list[str]:
    """What the commit before a run says of each app: `web: blue → green, acme/web@sha256:…`."""
    found = []
    for plan in planned:
        live, image, _ = live_slot(plan.after)
        before = live_slot(plan.file)[0]
        if plan.after != plan.file:
            found.append(f"{plan.app}: {before or 'nothing'} → {live or 'nothing'}, {image or 'no image'}")
    return found


def outcomes(apps: Sequence[AppLine]) -> list[str]:
    """What the commit after a run says of each app: `web: green-1a2b3c4d serves acme/web@…; ready 370 ms, flip 205`."""
    found = []
    for line in apps:
        times = [f"{word} {ms} ms" for word, ms in (("ready", line.ready_ms), ("flip", line.flip_ms)) if ms is not None]
        serves = f"{line.release} serves {line.image}" if line.release else "nothing serves"
        found.append("; ".join([f"{line.app}: {serves}", *([", ".join(times)] if times else [])]))
    return found
