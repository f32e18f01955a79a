"""What a move would make of each app, before anything is touched: pure, from the file and the host's truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from config import rollout as moves
from config.rollout import Colour, MoveRefused, Rollout
from config.settings import Settings
from tandem.exits import refused, usage
from tandem.truth import Truth

Turn = Callable[[str, Rollout, Mapping[Colour, str]], Rollout]
"""A move on one app: name, rollout as the host serves it, hash8 of each colour's container; returns the new rollout."""


@dataclass(frozen=True)
class Plan:
    """One app's way: `file` as written, `adopted` as the host serves, `after` as wanted; `served` = live release."""

    app: str
    file: Rollout
    adopted: Rollout
    after: Rollout
    served: str | None

    @property
    def flips(self) -> bool:
        """Whether traffic is to go to another release."""
        return live_slot(self.after) != live_slot(self.adopted)


def make(settings: Settings, truth: Truth, apps: Iterable[str], turn: Turn) -> list[Plan]:
    """A plan per app. Raises Stop: usage for an unknown app, refused for a move out of turn."""
    return [plan_app(settings, truth, app, turn) for app in apps]


def plan_app(settings: Settings, truth: Truth, app: str, turn: Turn) -> Plan:
    """The plan of one app."""
    known(settings, app)
    file = settings.rollout(app)
    adopted = moves.adopt(file, truth.served(app, file))
    try:
        after = turn(app, adopted, truth.hashes(app, adopted))
    except MoveRefused as error:
        raise refused(f"{app}: {error}") from None
    return Plan(app, file, adopted, after, truth.live(app, file))


def follow(plan: Plan, truth: Truth, moved: bool) -> tuple[Rollout, bool]:
    """After a failure: the rollout that says what the host serves now, and whether the app's traffic moved.

    `moved` is what the switch itself reported; the gateway's own files, where they know the app, overrule it.
    """
    if plan.app in truth.ports:
        now = truth.live(plan.app, plan.file)
        moved = now is not None and now != plan.served
    base = plan.after if moved else plan.file
    return moves.adopt(base, truth.served(plan.app, base)), moved


def known(settings: Settings, app: str) -> None:
    """Raises Stop (usage) when the stack file has no such app."""
    if app not in settings.apps:
        apps = ", ".join(sorted(settings.apps)) or "none yet"
        raise usage(f"no app {app!r} under tandem:apps; there is: {apps}")


def live_slot(rollout: Rollout) -> tuple[Colour | None, str | None, str | None]:
    """What serves according to a rollout: colour, image, frozen hash."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    return rollout.live, slot.image if slot else None, slot.frozen if slot else None
