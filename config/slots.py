"""The rollout as a value: which image is on which colour, which colour is live, and what still drains.

Nothing here knows an app's name, a host or an engine. The moves on this value are in `config.rollout`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config import names
from config.base import Hash8, Image, Model
from config.forms import Mistake, Whole, refuse

Colour = Literal["blue", "green"]
COLOURS: tuple[Colour, Colour] = ("blue", "green")
Phase = Literal["empty", "stable", "prepared", "canary", "switched"]

MOST_DRAINING = 3
"""Releases of one app that may drain at a time, each with a container and its memory."""


def other(colour: Colour) -> Colour:
    """The colour that `colour` is not."""
    return "green" if colour == "blue" else "blue"


class Slot(Model):
    """What is on one colour."""

    image: Image
    """repo@sha256:…, an image ID, or a tag where the profile allows one."""
    frozen: Hash8 | None = None
    """The release as it was made: it stays exactly that, whatever the app's settings say now."""


class Drained(Model):
    """A release that left its colour and still finishes what it does."""

    colour: Colour
    """The colour it was on."""
    image: Image
    """The image it runs."""
    frozen: Hash8
    """The release as it was made; with the colour it names the container that stays until it is drained."""

    @property
    def release(self) -> str:
        """`<colour>-<hash8>`."""
        return names.release(self.colour, self.frozen)


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
    """Releases that left both colours and still have connections, at most 3; the command takes them out again."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Rollout:
        refuse([*self._about_the_colours(), *self._about_the_draining()])
        return self

    def _about_the_colours(self) -> Iterator[Mistake]:
        filled = [colour for colour in COLOURS if self.slot(colour)]
        if self.live is None and filled:
            yield Mistake("live", f"is required, as {filled[0]} has an image, for example {filled[0]}")
        if self.live is not None and self.slot(self.live) is None:
            yield Mistake(self.live, f"is required, as {self.live} is live, for example {{image: demo:1}}")
        if self.standby and len(filled) < 2:
            yield Mistake("standby", "is only for two filled colours: remove it, for example with `tandem finalize`")
        if self.canary is not None and (len(filled) < 2 or self.standby == "previous"):
            yield Mistake("canary", "needs a second colour with standby: next, for example after `tandem prepare`")

    def _about_the_draining(self) -> Iterator[Mistake]:
        for release, times in Counter(entry.release for entry in self.draining).items():
            if times > 1:
                yield Mistake("draining", f"names {release} {times} times: keep one")
        if len(self.draining) > MOST_DRAINING:
            surplus = ", ".join(entry.release for entry in self.draining[MOST_DRAINING:])
            yield Mistake("draining", f"holds more than {MOST_DRAINING} releases: remove some, for example {surplus}")

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
