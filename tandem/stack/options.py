"""What a person said beside the command's own words. Light: it is read before the rest is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Options of every command.

    `directory`: folder of the project, else found from here upwards. `wait`: seconds to wait for another command.
    `commit`: what is written into the stack file is committed and pushed.
    """

    directory: Path | None = None
    stack: str = "local"
    engine: str | None = None
    json: bool = False
    yes: bool = False
    dry_run: bool = False
    wait: float = 0.0
    commit: bool = False
