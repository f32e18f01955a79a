"""Between moves: the stack file's rollout follows what the host serves, and keeps the hash of what must not change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config import names
from config.slots import COLOURS, MOST_DRAINING, Colour, Drained, Rollout, Slot, other

Hashes = Mapping[Colour, str]
"""What the host has now: colour → hash8 of that colour's container."""


@dataclass(frozen=True)
class Served:
    """What the host says of one app.

    `live`: the id of the release that gets the traffic, None = none. `containers`: the image of every release that has
    a container which could serve. `pointer`: whether a pointer flip, and not the weights, decided who is live.
    `canary`: release → percent of the canary that runs; empty = none runs, None = the host does not say.
    """

    live: str | None
    containers: Mapping[str, str]
    pointer: bool = False
    canary: Mapping[str, int] | None = None


def adopt(r: Rollout, served: Served) -> Rollout:
    """The value that agrees with what the host serves: the host's truth wins, and `r` is kept where they agree.

    A pointer flip ends a canary; of a switched app it makes a prepared one, whose next is the release that was left.
    """
    if served.live is None or not served.live.startswith(tuple(f"{colour}-" for colour in COLOURS)):
        return r
    colour = _colour(served.live)
    slot = _as_served(r.slot(colour), served.live, served)
    if slot is None:
        return r
    if r.live in (None, colour):
        changes = {"live": colour, colour: slot, "draining": _with_replaced(r, colour, served)}
        return _without_slots(becomes(r, **{**changes, **_canary(r, other(colour), served)}), served)
    former = other(colour)
    kept = _still_there(r.slot(former), former, served)
    standby = "next" if kept else None
    return _without_slots(becomes(r, live=colour, canary=None, standby=standby, **{colour: slot, former: kept}), served)


def freeze(r: Rollout, hashes: Hashes, declared: Hashes) -> Rollout:
    """After success: the standby keeps the hash it has on the host; the live one loses its when settings give the same.

    `declared`: colour → hash8 that the current settings give. What drains and came back to a colour drains no longer.
    """
    back = {names.release(colour, digest8) for colour, digest8 in hashes.items()}
    changes: dict[str, Any] = {"draining": tuple(entry for entry in r.draining if entry.release not in back)}
    if (standby := r.standby_colour) and (slot := r.slot(standby)):
        changes[standby] = frozen(slot, hashes.get(standby))
    if r.live and (slot := r.slot(r.live)) and slot.frozen and declared.get(r.live) == slot.frozen:
        changes[r.live] = Slot(image=slot.image)
    return becomes(r, **changes)


def becomes(r: Rollout, **changes: Any) -> Rollout:
    """`r` with some of its fields changed, and checked again."""
    return Rollout.model_validate({**dict(r), **changes})


def frozen(slot: Slot, digest8: str | None) -> Slot:
    """`slot` as the release it was made; its own word counts where the host says nothing."""
    return Slot(image=slot.image, frozen=digest8 or slot.frozen)


def _colour(release: str) -> Colour:
    return "blue" if names.split_release(release)[0] == "blue" else "green"


def _as_served(slot: Slot | None, release: str, served: Served) -> Slot | None:
    """`slot` where it says the same as the host, else the host's image, kept exactly as it runs."""
    image, digest8 = served.containers.get(release), names.split_release(release)[1]
    if image is None or (slot and slot.image == image and slot.frozen in (None, digest8)):
        return slot
    return Slot(image=image, frozen=digest8)


def _still_there(slot: Slot | None, colour: Colour, served: Served) -> Slot | None:
    """`slot` kept exactly as its container is; None when that colour has no container with its image."""
    for release, image in served.containers.items():
        digest8 = names.split_release(release)[1]
        fits = slot is not None and slot.image == image and slot.frozen in (None, digest8)
        if fits and release != served.live and _colour(release) == colour:
            return Slot(image=image, frozen=digest8)
    return None


def _canary(r: Rollout, standby: Colour, served: Served) -> dict[str, Any]:
    """What changes about the canary: the host's weights are the truth, and a pointer beats them."""
    if served.pointer:
        return {"canary": None}
    if served.canary is None:
        return {}
    for release, percent in served.canary.items():
        slot = _as_served(r.slot(standby), release, served) if _colour(release) == standby else None
        if slot is not None and 1 <= percent <= 99:
            return {standby: slot, "standby": "next", "canary": percent}
    return {"canary": None}


def _with_replaced(r: Rollout, colour: Colour, served: Served) -> tuple[Drained, ...]:
    """`draining` and the release that the live colour had in `r`, where the host went back to an older one of it."""
    slot = r.slot(colour)
    gone = _still_there(slot, colour, served) if slot != _as_served(slot, served.live or "", served) else None
    if gone is None or gone.frozen is None or len(r.draining) >= MOST_DRAINING:
        return r.draining
    entry = Drained(colour=colour, image=gone.image, frozen=gone.frozen)
    known = entry.release in {one.release for one in r.draining}
    return r.draining if known else (*r.draining, entry)


def _without_slots(r: Rollout, served: Served) -> Rollout:
    """What has a colour again does not drain."""
    slots = {names.release(colour, slot.frozen) for colour in COLOURS if (slot := r.slot(colour)) and slot.frozen}
    back = slots | {served.live}
    return becomes(r, draining=tuple(entry for entry in r.draining if entry.release not in back))
