"""How the gateway watches a release that has just got traffic, and what it does when the release is worse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from config.base import Flag, Model, Window, seconds
from config.forms import Mistake, refuse


class Watch(Model):
    """The first seconds of a release: its errors and its times against those of the release before it."""

    window: Window = "15s"
    """How long a release is watched after it got traffic, at most 10m0s; 0s = not at all."""
    bad: Literal["switch_back", "warn"] = "switch_back"
    """What clearly more failed requests do: send the traffic back and bar the release, or only say so."""
    slower: Literal["switch_back", "warn", "off"] = "warn"
    """What clearly slower answers do."""
    wait: Flag = False
    """Every update waits for the verdict, plain `pulumi up` too, and fails after a bad one."""

    @model_validator(mode="after")
    def _waits_for_something(self) -> Watch:
        refuse(self._about_the_wait())
        return self

    def _about_the_wait(self) -> Iterator[Mistake]:
        if self.wait and self.seconds == 0:
            yield Mistake("wait", "has nothing to wait for, as window is 0s: remove it, for example wait: false")

    @property
    def seconds(self) -> int:
        """The window in seconds."""
        return seconds(self.window)
