"""Registries that are busy (429) or out of order (5xx) are asked again, a few times and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tandem.docker import DockerError, registry

Answer = TypeVar("Answer")

WAITS = (1.0, 2.0, 4.0)
"""Seconds before each further try. What a registry asks for (`Retry-After`) Docker does not hand on."""


@dataclass
class Patience:
    """Of one command: with each registry it is lost once, so that ten images do not wait ten times."""

    say: Callable[[str], None]
    wait: Callable[[float], None] = time.sleep
    _lost_with: set[str] = field(default_factory=set)

    def asked(self, place: str, ask: Callable[[], Answer]) -> Answer:
        """What `ask` answers. Raises DockerError: at once where another try is useless, else after the last."""
        for seconds in () if place in self._lost_with else WAITS:
            try:
                return ask()
            except DockerError as error:
                if not registry.passes(str(error)):
                    raise
                self.say(f"{place}: {registry.words(str(error))}; another try in {seconds:g} s")
            self.wait(seconds)
        try:
            return ask()
        except DockerError:
            self._lost_with.add(place)
            raise
