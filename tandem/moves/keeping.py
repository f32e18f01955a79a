"""A release that serves and that this run replaces drains by itself: no run waits for its streams.

A deploy keeps what it leaves as the way back. What is not kept that way (an edit of the settings, another image written
by hand onto the live colour) becomes a `draining` entry before the run, and is taken out when nobody is connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from config import names
from config.rollout import MOST_DRAINING, Colour, Drained, Rollout
from config.served import becomes
from tandem.hosts.truth import Truth
from tandem.moves import fingerprints
from tandem.moves.drains import Busy
from tandem.moves.plans import Plan
from tandem.stack.session import Session


def keep(session: Session, truth: Truth, planned: Sequence[Plan], busy: Busy) -> list[Plan]:
    """The plans with an entry for every serving release that the run may replace and somebody is connected to."""
    unchanged = fingerprints.unchanged(session.folder, session.settings)
    kept = []
    for plan in planned:
        entry = replaced(plan.app, plan.after, truth, unchanged=plan.app in unchanged)
        if entry and plan.app in truth.ports and busy(plan.app, {entry.release}):
            kept.append(replace(plan, after=draining(plan.after, entry)))
        else:
            kept.append(plan)
    return kept


def draining(rollout: Rollout, entry: Drained) -> Rollout:
    """`rollout` with one more entry."""
    return becomes(rollout, draining=(*rollout.draining, entry))


def replaced(app: str, rollout: Rollout, truth: Truth, *, unchanged: bool) -> Drained | None:
    """The entry of the release that serves, unless `rollout` keeps it, or as many drain already as may.

    `unchanged`: the app's settings are those of the last good run.
    """
    live = truth.live(app, rollout)
    box = truth.container(app, live) if live else None
    if live is None or box is None or len(rollout.draining) >= MOST_DRAINING:
        return None
    colour: Colour = "blue" if names.split_release(live)[0] == "blue" else "green"
    digest8 = names.split_release(live)[1]
    slot = rollout.slot(colour)
    same = (None, digest8) if unchanged else (digest8,)
    stays = slot is not None and slot.image == box.image and slot.frozen in same
    if stays or live in {entry.release for entry in rollout.draining}:
        return None
    return Drained(colour=colour, image=box.image, frozen=digest8)
