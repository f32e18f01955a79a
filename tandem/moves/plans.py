"""What a move would make of each app, before anything is touched: from the file, the host's truth, and who is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from config import names
from config import rollout as moves
from config.rollout import COLOURS, Colour, MoveRefused, Rollout, Slot
from config.served import becomes
from config.settings import Settings
from tandem.exits import refused, usage
from tandem.hosts.truth import Truth
from tandem.moves.drains import Busy


@dataclass(frozen=True)
class Seen:
    """What the host has of one app: hash8 of each colour's container, and the colours somebody is connected to."""

    hashes: Mapping[Colour, str]
    busy: frozenset[Colour] = frozenset()


Turn = Callable[[str, Rollout, Seen], Rollout]
"""A move on one app: name, rollout as the host serves it, what the host has; returns the new rollout. Asked twice where
somebody is connected to what it would drop, so it must have no effect."""


@dataclass(frozen=True)
class Plan:
    """One app's way: `file` as written, `adopted` as the host serves, `after` as wanted; `served` = live release."""

    app: str
    file: Rollout
    adopted: Rollout
    after: Rollout
    served: str | None
    hashes: Mapping[Colour, str] = field(default_factory=dict)

    @property
    def flips(self) -> bool:
        """Whether traffic is to go to another release."""
        return live_slot(self.after) != live_slot(self.adopted)

    def hash8(self, colour: Colour) -> str | None:
        """The hash of the release that `after` has on a colour; None where the run is to make it."""
        slot, before = self.after.slot(colour), self.adopted.slot(colour)
        if slot is None or slot.frozen:
            return slot.frozen if slot else None
        return self.hashes.get(colour) if slot == before else None


def make(settings: Settings, truth: Truth, apps: Iterable[str], turn: Turn, busy: Busy) -> list[Plan]:
    """A plan per app. Raises Stop: usage for an unknown app, refused for a move out of turn."""
    return [plan_app(settings, truth, app, turn, busy) for app in apps]


def plan_app(settings: Settings, truth: Truth, app: str, turn: Turn, busy: Busy) -> Plan:
    """The plan of one app."""
    known(settings, app)
    file = settings.rollout(app)
    adopted = without_drained(app, adopt(app, file, truth), busy)
    hashes = truth.hashes(app, adopted)
    try:
        after = turn(app, adopted, Seen(hashes))
        left = dict(dropped(adopted, after, hashes))
        connected = busy(app, set(left.values())) if left else frozenset()
        if connected:
            colours = frozenset(colour for colour, release in left.items() if release in connected)
            after = turn(app, adopted, Seen(hashes, colours))
    except MoveRefused as error:
        raise refused(f"{app}: {error}") from None
    return Plan(app, file, adopted, after, truth.live(app, file), hashes)


def as_ordered(settings: Settings, truth: Truth, app: str, busy: Busy, *, follows: bool = False) -> Plan:
    """The plan of an app without a move: the file is an order, but for a flip by pointer, which nobody wrote there.

    With `follows` it is none: the host has moved by itself. What has drained by now leaves it too.
    """
    file = settings.rollout(app)
    adopted = adopt(app, file, truth) if follows or truth.route(app).pointer else file
    after = without_drained(app, adopted, busy)
    return Plan(app, file, adopted, after, truth.live(app, file), truth.hashes(app, adopted))


def elsewhere(app: str, rollout: Rollout, truth: Truth) -> bool:
    """Whether the host serves another colour or image than `rollout` says."""
    live = truth.live(app, rollout)
    box = truth.container(app, live) if live else None
    colour, image, _ = live_slot(rollout)
    return box is not None and (box.colour, box.image) != (colour, image)


def adopt(app: str, rollout: Rollout, truth: Truth) -> Rollout:
    """`rollout` as the host serves it.

    After a flip back to a release of the same colour, that one keeps its hash: today's settings give the one it left.
    """
    adopted = moves.adopt(rollout, truth.served(app, rollout))
    slot = adopted.slot(adopted.live) if adopted.live else None
    live, route = truth.live(app, rollout), truth.route(app)
    if not (route.pointer and live and slot and adopted.live and slot.frozen is None):
        return adopted
    left = {one for one in route.releases if one != live and names.split_release(one)[0] == adopted.live}
    digest8 = names.split_release(live)[1]
    return becomes(adopted, **{adopted.live: Slot(image=slot.image, frozen=digest8)}) if left else adopted


def without_drained(app: str, rollout: Rollout, busy: Busy) -> Rollout:
    """`rollout` without the draining releases that nobody is connected to any more."""
    entries = {entry.release for entry in rollout.draining}
    return moves.drained(rollout, entries - busy(app, entries)) if entries else rollout


def dropped(before: Rollout, after: Rollout, hashes: Mapping[Colour, str]) -> Iterator[tuple[Colour, str]]:
    """Colour and release of every slot that a move would drop, or may: a new slot can turn out to be the same."""
    leaving = {entry.release for entry in after.draining}
    for colour in COLOURS:
        slot, now = before.slot(colour), after.slot(colour)
        digest8 = hashes.get(colour) or (slot.frozen if slot else None)
        if slot is None or digest8 is None or now == slot or names.release(colour, digest8) in leaving:
            continue
        if now is None or now.image != slot.image or now.frozen != digest8:
            yield colour, names.release(colour, digest8)


def follow(plan: Plan, truth: Truth, reported: bool) -> tuple[Rollout, bool]:
    """After a failure: the rollout that says what the host serves now, and whether the app's traffic moved.

    `reported`: whether the switch itself said so. The gateway's own files, where they know the app, overrule it. What
    moved and was sent back by pointer has not moved, but its release stands by.
    """
    moved = reported
    if plan.app in truth.ports:
        now = truth.live(plan.app, plan.file)
        moved = now is not None and now != plan.served
    base = plan.after if moved or sent_back(plan.app, truth, reported) else plan.file
    return adopt(plan.app, base, truth), moved


def sent_back(app: str, truth: Truth, reported: bool) -> bool:
    """Whether an app's traffic moved in this run and a pointer has taken it back since."""
    return reported and truth.route(app).pointer


def known(settings: Settings, app: str) -> None:
    """Raises Stop (usage) when the stack file has no such app."""
    if app not in settings.apps:
        apps = ", ".join(sorted(settings.apps)) or "none yet"
        raise usage(f"no app {app!r} under tandem:apps; there is: {apps}")


def live_slot(rollout: Rollout) -> tuple[Colour | None, str | None, str | None]:
    """What serves according to a rollout: colour, image, frozen hash."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    return rollout.live, slot.image if slot else None, slot.frozen if slot else None
