"""Who answers: version and behaviour come with the image, release and colour from whoever started the container."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

MODES = ("good", "crash", "sick", "errors")


class Identity:
    """Version, release, colour and app of this process, and how it is meant to behave."""

    def __init__(self, *, version: str, mode: str, app: str, colour: str, release: str) -> None:
        if mode not in MODES:
            raise SystemExit(f"MODE={mode}: expected one of {', '.join(MODES)}")
        self.version = version
        self.mode = mode
        self.app = app
        self.colour = colour
        self.release = release
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Identity:
        """`VERSION` and `MODE` are the image's; `TANDEM_*` are set on the container."""
        version = env.get("VERSION", "dev")
        return cls(
            version=version,
            mode=env.get("MODE", "good"),
            app=env.get("TANDEM_APP", "demo"),
            colour=env.get("TANDEM_COLOUR", "none"),
            release=env.get("TANDEM_RELEASE", version),
        )

    def facts(self) -> dict[str, str | int]:
        """What `/version` answers."""
        return {
            "app": self.app,
            "version": self.version,
            "release": self.release,
            "colour": self.colour,
            "pid": os.getpid(),
            "started": self.started,
        }
