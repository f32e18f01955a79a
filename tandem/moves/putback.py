"""All or none: what moved together with an app that failed goes back to what served before, by pointer, at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from tandem.hosts.routing import Watch, hash8_of
from tandem.moves.plans import Plan
from tandem.moves.receipts import Receipt
from tandem.stack.session import Session

BACK_LIMIT = 20.0


def put_back(session: Session, planned: Sequence[Plan], receipts: Mapping[str, Receipt]) -> None:
    """After a joint switch that failed: every app of it that has moved, unless all have, and only clean-up failed."""
    flips = [plan.app for plan in planned if plan.flips]
    moved = [app for app in flips if app in receipts and receipts[app].moved and receipts[app].previous]
    if len(moved) < len(flips):
        failed = ", ".join(app for app in flips if app not in moved)
        back(session, moved, f"moved together with {failed}, which failed")


def all_with(session: Session, apps: Collection[str], off: Mapping[str, Watch]) -> None:
    """After a bad verdict on some apps of a joint deploy: the others go back too."""
    back(session, apps, f"moved together with {', '.join(off)}, which was switched off by its verdict")


def back(session: Session, apps: Iterable[str], why: str) -> None:
    """Flips each app's pointer and takes the bar away that this leaves: the release itself is not to blame."""
    routes = session.host.routing()
    for app in apps:
        former = routes[app].live if app in routes else None
        said = session.host.script("back", app, why, limit=BACK_LIMIT)
        if said.returncode != 0:
            session.show.warn(f"{app}: could not be put back: {said.stderr.strip() or f'exit code {said.returncode}'}")
            continue
        session.show.warn(f"{app}: put back; it {why}")
        pardoned = session.host.script("pardon", app, hash8_of(former) or "", why, limit=BACK_LIMIT)
        if pardoned.returncode != 0:
            session.show.warn(f"{app}: {former} stays barred: {pardoned.stderr.strip()}")
