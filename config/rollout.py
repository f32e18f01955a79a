"""The moves on a rollout: pure functions from one value to the next.

A move out of turn raises `MoveRefused`, which says what comes next. `hashes` is what the host has now: colour → hash8
of that colour's container. A release that leaves a value is dropped: its container goes away. Where its colour is
`busy` (somebody is still connected to it) it goes to `draining` instead, so that nothing waits for it or cuts it.
Nothing here knows an app's name, a host or an engine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pydantic import ValidationError

from config.served import Hashes, Served, adopt, becomes, freeze, frozen
from config.slots import COLOURS, MOST_DRAINING, Colour, Drained, Phase, Rollout, Slot, other

__all__ = [
    "COLOURS",
    "MOST_DRAINING",
    "Colour",
    "Drained",
    "Hashes",
    "MoveRefused",
    "Phase",
    "Rollout",
    "Served",
    "Slot",
    "adopt",
    "canary",
    "cancel",
    "deploy",
    "drained",
    "finalize",
    "freeze",
    "other",
    "prepare",
    "rollback",
    "rollback_now",
    "switch",
]

NO_HASHES: Hashes = {}
Busy = Collection[Colour]


class MoveRefused(Exception):  # noqa: N818  (a refusal is an answer, not a fault)
    """A move out of turn; `str` says why and what comes next, without the app's name."""


def prepare(r: Rollout, image: str, *, hashes: Hashes, colour: Colour | None = None, busy: Busy = ()) -> Rollout:
    """Put `image` on the colour that is not live; traffic stays. What was there is dropped."""
    live = _in_phase(r, "prepare", empty="deploy", canary="switch or rollback")
    if colour == live:
        raise MoveRefused(f"cannot prepare on {live}: it is live; next is prepare on {other(live)}, or deploy")
    slot = _fresh(image)
    left = _dropped(r, "prepare", hashes, {other(live)} & set(busy))
    return becomes(r, **{other(live): slot}, standby="next", draining=left)


def canary(r: Rollout, percent: int) -> Rollout:
    """Send `percent` (0 to 99) of the traffic to the prepared release; 0 ends the canary."""
    _in_phase(r, "run a canary", empty="deploy", stable="prepare", switched="prepare or rollback")
    if not 0 <= percent <= 99:
        raise MoveRefused(f"cannot run a canary of {percent} percent: next is 0 to 99, or switch for all of it")
    return becomes(r, canary=percent or None)


def switch(r: Rollout, *, hashes: Hashes) -> Rollout:
    """Send all traffic to the prepared release; the one that was live stays as the way back."""
    live = _in_phase(r, "switch", empty="deploy", stable="prepare or deploy")
    return r if r.phase == "switched" else _flip(r, live, hashes, standby="previous")


def deploy(
    r: Rollout,
    image: str,
    *,
    hashes: Hashes,
    colour: Colour | None = None,
    finalize: bool = False,
    busy: Busy = (),
) -> Rollout:
    """Make `image` live, by default on the colour that is not; with `finalize` nothing stays as the way back.

    On the live colour the new release takes over its slot, the other slot stays as it was, and the one that was live
    always drains: until this moment it had the traffic. With `finalize` it drains where `busy` has its colour.
    """
    slot = _fresh(image)
    if r.live is None:
        target = colour or "blue"
        return Rollout.model_validate({"live": target, target: slot, "draining": r.draining})
    live = _in_phase(r, "deploy", canary="rollback")
    target = colour or other(live)
    if finalize:
        left = _dropped(r, "deploy", hashes, set(busy))
        return becomes(_alone(r, target, slot), live=target, draining=left)
    if target == live:
        return becomes(r, **{live: slot}, draining=_dropped(r, "deploy", hashes, {live}))
    left = _dropped(r, "deploy", hashes, {target} & set(busy))
    return _flip(becomes(r, **{target: slot}, draining=left), live, hashes, standby="previous")


def finalize(r: Rollout, *, hashes: Hashes = NO_HASHES, busy: Busy = ()) -> Rollout:
    """Give up the way back: the live release stays alone."""
    live = _in_phase(r, "finalize", empty="deploy", prepared="switch or cancel", canary="switch or rollback")
    return _without_standby(r, "finalize", live, hashes, busy)


_EARLIER = "deploy of an earlier image (`tandem rollback APP --to RELEASE`, `tandem history` names them)"


def rollback(r: Rollout, *, hashes: Hashes, busy: Busy = ()) -> Rollout:
    """Undo one step: a canary, a preparation, or the switch."""
    live = _in_phase(r, "roll back", empty="deploy", stable=_EARLIER)
    if r.phase == "prepared":
        return _without_standby(r, "roll back", live, hashes, busy)
    if r.phase == "canary":
        return becomes(r, canary=None)
    return _flip(r, live, hashes, standby="next")


def rollback_now(r: Rollout, *, hashes: Hashes = NO_HASHES) -> Rollout:
    """What a pointer flip on the host makes of `r`: `rollback --now`, or the watch after a bad verdict.

    `adopt` comes to the same once the host says that it has flipped.
    """
    serves = "cancel, as the live release serves"
    live = _in_phase(r, "roll back at once", empty="deploy", stable=_EARLIER, prepared=serves)
    return becomes(r, canary=None) if r.phase == "canary" else _flip(r, live, hashes, standby="next")


def cancel(r: Rollout, *, hashes: Hashes = NO_HASHES, busy: Busy = ()) -> Rollout:
    """Give up what is prepared."""
    live = _in_phase(r, "cancel", empty="deploy", canary="rollback", switched="rollback")
    return _without_standby(r, "cancel", live, hashes, busy)


def drained(r: Rollout, releases: Collection[str]) -> Rollout:
    """Take the releases out of `draining` that nobody is connected to any more; `releases` are ids."""
    return becomes(r, draining=tuple(entry for entry in r.draining if entry.release not in releases))


def _in_phase(r: Rollout, move: str, **refused: str) -> Colour:
    if r.phase in refused or r.live is None:
        raise MoveRefused(f"cannot {move} while {_STATE[r.phase]}: next is {refused.get(r.phase, 'deploy')}")
    return r.live


_STATE: Mapping[Phase, str] = {
    "empty": "nothing is released",
    "stable": "only one release is there",
    "prepared": "a release is prepared",
    "canary": "a canary runs",
    "switched": "the previous release stands by",
}


def _dropped(r: Rollout, move: str, hashes: Hashes, busy: Collection[Colour]) -> tuple[Drained, ...]:
    """`draining` once the slots of the `busy` colours are dropped too. Raises MoveRefused above the limit.

    A slot without any hash never had a container that the host or the file could name.
    """
    left = {entry.release: entry for entry in r.draining}
    for colour in COLOURS:
        slot = r.slot(colour)
        digest8 = frozen(slot, hashes.get(colour)).frozen if slot and colour in busy else None
        if slot and digest8:
            entry = Drained(colour=colour, image=slot.image, frozen=digest8)
            left[entry.release] = entry
    if len(left) > MOST_DRAINING:
        raise MoveRefused(
            f"cannot {move}: {', '.join(left)} would all drain, and {MOST_DRAINING} releases may at a time; "
            f"next is {move} again once one of them is drained, which `tandem status` shows"
        )
    return tuple(left.values())


def _flip(r: Rollout, live: Colour, hashes: Hashes, *, standby: str) -> Rollout:
    slot = r.slot(live)
    kept = frozen(slot, hashes.get(live)) if slot else None
    return becomes(r, live=other(live), canary=None, standby=standby, **{live: kept})


def _alone(r: Rollout, live: Colour, slot: Slot | None) -> Rollout:
    return becomes(r, live=live, standby=None, canary=None, **{live: slot, other(live): None})


def _without_standby(r: Rollout, move: str, live: Colour, hashes: Hashes, busy: Busy) -> Rollout:
    left = _dropped(r, move, hashes, {other(live)} & set(busy))
    return becomes(_alone(r, live, r.slot(live)), draining=left)


def _fresh(image: str) -> Slot:
    try:
        return Slot(image=image)
    except ValidationError as error:
        raise MoveRefused(f"cannot use the image {image!r}: it {error.errors()[0]['msg']}") from None
