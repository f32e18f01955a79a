"""The rollout: which image is on which colour, which colour is live, and the moves on it.

A move is a pure function from one value to the next; a move out of turn raises `MoveRefused`, which says what comes
next. `hashes` is what the host has now: colour → hash8 of that colour's container. A release that leaves a value is
dropped: its container goes away once it is drained. Nothing here knows an app's name, a host or an engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from config.base import Hash8, Image, Model
from config.forms import Mistake, Whole, refuse
from config.names import split_release

Colour = Literal["blue", "green"]
COLOURS: tuple[Colour, Colour] = ("blue", "green")
Phase = Literal["empty", "stable", "prepared", "canary", "switched"]


def other(colour: Colour) -> Colour:
    """The colour that `colour` is not."""
    return "green" if colour == "blue" else "blue"


class MoveRefused(Exception):  # noqa: N818  (a refusal is an answer, not a fault)
    """A move out of turn; `str` says why and what comes next, without the app's name."""


class Slot(Model):
    """What is on one colour."""

    image: Image
    """repo@sha256:…, an image ID, or a tag where the profile allows one."""
    frozen: Hash8 | None = None
    """The release as it was made: it stays exactly that, whatever the app's settings say now."""


class Drained(Slot):
    """A release that left its colour and still finishes what it does."""

    colour: Colour
    """The colour it was on."""


class Rollout(Model):
    """One app's two colours. All fields absent = nothing is released yet."""

    live: Colour | None = Field(default=None, examples=["green"])
    """The colour that gets the traffic."""
    blue: Slot | None = None
    """The blue release."""
    green: Slot | None = None
    """The green release."""
    standby: Literal["next", "previous"] | None = None
    """What the colour that is not live is: about to come, or the way back. Absent = next."""
    canary: Annotated[int, Whole(1, 99, 10)] | None = None
    """Percent of the traffic that goes to the standby colour; only with standby: next."""
    draining: tuple[Drained, ...] = ()
    """Releases that left both colours and are not drained yet."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Rollout:
        refuse(self._contradictions())
        return self

    def _contradictions(self) -> Iterator[Mistake]:
        filled = [colour for colour in COLOURS if self.slot(colour)]
        if self.live is None and filled:
            yield Mistake("live", f"is required, as {filled[0]} has an image, for example {filled[0]}")
        if self.live is not None and self.slot(self.live) is None:
            yield Mistake(self.live, f"is required, as {self.live} is live, for example {{image: demo:1}}")
        if self.standby and len(filled) < 2:
            yield Mistake("standby", "is only for two filled colours: remove it, for example with `tandem finalize`")
        if self.canary is not None and (len(filled) < 2 or self.standby == "previous"):
            yield Mistake("canary", "needs a second colour with standby: next, for example after `tandem prepare`")

    @property
    def phase(self) -> Phase:
        """Where in the cycle this value is."""
        if self.live is None:
            return "empty"
        if self.standby_colour is None:
            return "stable"
        if self.standby == "previous":
            return "switched"
        return "prepared" if self.canary is None else "canary"

    @property
    def standby_colour(self) -> Colour | None:
        """The colour that has a release and is not live."""
        return other(self.live) if self.live and self.slot(other(self.live)) else None

    def slot(self, colour: Colour) -> Slot | None:
        """What is on `colour`."""
        return self.blue if colour == "blue" else self.green


@dataclass(frozen=True)
class Served:
    """What the host says: the live release's id (None = none) and the image of every release that has a container."""

    live: str | None
    containers: Mapping[str, str]


Hashes = Mapping[Colour, str]


def prepare(r: Rollout, image: str, *, hashes: Hashes, colour: Colour | None = None) -> Rollout:
    """Put `image` on the colour that is not live; traffic stays. What was there is dropped."""
    del hashes  # nothing stops being live here; every move on images is called alike
    live = _in_phase(r, "prepare", empty="deploy", canary="switch or rollback")
    if colour == live:
        raise MoveRefused(f"cannot prepare on {live}: it is live; next is prepare on {other(live)}, or deploy")
    return _becomes(r, **{other(live): _fresh(image)}, standby="next")


def canary(r: Rollout, percent: int) -> Rollout:
    """Send `percent` (0 to 99) of the traffic to the prepared release; 0 ends the canary."""
    _in_phase(r, "run a canary", empty="deploy", stable="prepare", switched="prepare or rollback")
    if not 0 <= percent <= 99:
        raise MoveRefused(f"cannot run a canary of {percent} percent: next is 0 to 99, or switch for all of it")
    return _becomes(r, canary=percent or None)


def switch(r: Rollout, *, hashes: Hashes) -> Rollout:
    """Send all traffic to the prepared release; the one that was live stays as the way back."""
    live = _in_phase(r, "switch", empty="deploy", stable="prepare or deploy")
    return r if r.phase == "switched" else _flip(r, live, hashes, standby="previous")


def deploy(r: Rollout, image: str, *, hashes: Hashes, colour: Colour | None = None, finalize: bool = False) -> Rollout:
    """Make `image` live, by default on the colour that is not; with `finalize` nothing stays as the way back.

    On the live colour the new release takes over its slot, and the other slot stays as it was.
    """
    slot = _fresh(image)
    if r.live is None:
        target = colour or "blue"
        return Rollout.model_validate({"live": target, target: slot, "draining": r.draining})
    live = _in_phase(r, "deploy", canary="rollback")
    target = colour or other(live)
    if finalize:
        return _becomes(_alone(r, target, slot), live=target)
    if target == live:
        return _becomes(r, **{live: slot})
    return _flip(_becomes(r, **{target: slot}), live, hashes, standby="previous")


def finalize(r: Rollout) -> Rollout:
    """Give up the way back: the live release stays alone."""
    live = _in_phase(r, "finalize", empty="deploy", prepared="switch or cancel", canary="switch or rollback")
    return _alone(r, live, r.slot(live))


def rollback(r: Rollout, *, hashes: Hashes) -> Rollout:
    """Undo one step: a canary, a preparation, or the switch."""
    live = _in_phase(r, "roll back", empty="deploy", stable="deploy of an earlier image")
    if r.phase == "prepared":
        return _alone(r, live, r.slot(live))
    if r.phase == "canary":
        return _becomes(r, canary=None)
    return _flip(r, live, hashes, standby="next")


def cancel(r: Rollout) -> Rollout:
    """Give up what is prepared."""
    live = _in_phase(r, "cancel", empty="deploy", canary="rollback", switched="rollback")
    return _alone(r, live, r.slot(live))


def adopt(r: Rollout, served: Served) -> Rollout:
    """The value that agrees with what the host serves: the host's truth wins, and `r` is kept where they agree."""
    if served.live is None or not served.live.startswith(tuple(f"{colour}-" for colour in COLOURS)):
        return r
    colour = _colour(served.live)
    slot = _as_served(r.slot(colour), served.live, served)
    if slot is None:
        return r
    if r.live in (None, colour):
        return _becomes(r, live=colour, **{colour: slot})
    former = other(colour)
    kept = _still_there(r.slot(former), former, served)
    return _becomes(r, live=colour, canary=None, standby="next" if kept else None, **{colour: slot, former: kept})


def freeze(r: Rollout, hashes: Hashes, declared: Hashes) -> Rollout:
    """After success: the standby keeps the hash it has on the host; the live one loses its when settings give the same.

    `declared`: colour → hash8 that the current settings give.
    """
    changes: dict[str, Any] = {}
    if (standby := r.standby_colour) and (slot := r.slot(standby)):
        changes[standby] = _frozen(slot, hashes.get(standby))
    if r.live and (slot := r.slot(r.live)) and slot.frozen and declared.get(r.live) == slot.frozen:
        changes[r.live] = Slot(image=slot.image)
    return _becomes(r, **changes)


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


def _becomes(r: Rollout, **changes: Any) -> Rollout:
    return Rollout.model_validate({**dict(r), **changes})


def _flip(r: Rollout, live: Colour, hashes: Hashes, *, standby: str) -> Rollout:
    slot = r.slot(live)
    kept = _frozen(slot, hashes.get(live)) if slot else None
    return _becomes(r, live=other(live), canary=None, standby=standby, **{live: kept})


def _alone(r: Rollout, live: Colour, slot: Slot | None) -> Rollout:
    return _becomes(r, live=live, standby=None, canary=None, **{live: slot, other(live): None})


def _frozen(slot: Slot, digest8: str | None) -> Slot:
    return Slot(image=slot.image, frozen=digest8 or slot.frozen)


def _fresh(image: str) -> Slot:
    try:
        return Slot(image=image)
    except ValidationError as error:
        raise MoveRefused(f"cannot use the image {image!r}: it {error.errors()[0]['msg']}") from None


def _colour(release: str) -> Colour:
    return "blue" if split_release(release)[0] == "blue" else "green"


def _as_served(slot: Slot | None, release: str, served: Served) -> Slot | None:
    """`slot` where it says the same as the host, else the host's image, kept exactly as it runs."""
    image, digest8 = served.containers.get(release), split_release(release)[1]
    if image is None or (slot and slot.image == image and slot.frozen in (None, digest8)):
        return slot
    return Slot(image=image, frozen=digest8)


def _still_there(slot: Slot | None, colour: Colour, served: Served) -> Slot | None:
    """`slot` kept exactly as its container is; None when that colour has no container with its image."""
    for release, image in served.containers.items():
        digest8 = split_release(release)[1]
        if slot and _colour(release) == colour and slot.image == image and slot.frozen in (None, digest8):
            return Slot(image=image, frozen=digest8)
    return None
