"""`tandem outputs`: what a stack tells others, once or again whenever it changes, on stdout or in a file."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tandem.docker import DockerError
from tandem.engines import EngineError
from tandem.exits import Stop, environment
from tandem.hosts.truth import Truth
from tandem.looks import contract, history
from tandem.says.interrupt import ends
from tandem.stack.session import Session

Style = Literal["text", "json", "file_sd", "env"]
Write = Callable[[str], None]


def intent(session: Session, style: Style) -> str:
    """What the last good update wrote, without asking the host."""
    said = contract.intent(session.stack, session.engine_name, session.settings, session.engine.outputs())
    return json.dumps(said["scrape_targets"], indent=2) + "\n" if style == "file_sd" else _shown(said, style)


def truthful(session: Session, style: Style, truth: Truth) -> str:
    """The same with the host's word about what is live. Only text and json ask the engine."""
    stack, settings = session.stack, session.settings
    match style:
        case "file_sd":
            return json.dumps(list(contract.scrape_targets(stack, settings, truth)), indent=2) + "\n"
        case "env":
            return contract.shell(contract.environment(stack, settings, truth))
        case _:
            meant = contract.intent(stack, session.engine_name, settings, session.engine.outputs())
            return _shown(contract.truthful(meant, stack, settings, truth, history.read(session, [])), style)


@dataclass
class Watch:
    """Writes it whenever it has changed, until `last` seconds are over or somebody interrupts.

    What cannot be told leaves what was written last: a host that is away for a moment has not changed. The first time
    it is an error.
    """

    session: Session
    style: Style
    write: Write
    every: float
    last: float | None = None
    written: str | None = None
    seen: object = None
    silent: bool = False

    def run(self) -> None:
        """Looks again and again. Raises Stop, DockerError or EngineError where the first look fails."""
        end = None if self.last is None else time.monotonic() + self.last
        with suppress(KeyboardInterrupt), ends():
            self.look()
            while end is None or time.monotonic() + self.every <= end:
                time.sleep(self.every)
                self.look_again()

    def look_again(self) -> None:
        """One more look; its failure is said once for as long as it lasts."""
        try:
            self.look()
            self.silent = False
        except (Stop, DockerError, EngineError) as error:
            if not self.silent:
                self.session.show.warn(f"{error}\nwhat was written last stays; asked again every {self.every:g} s")
            self.silent = True

    def look(self) -> None:
        """One look, and what is new is written."""
        self.session.reread()
        now = (self.session.truth(), self.session.settings)
        if now == self.seen:
            return
        text = truthful(self.session, self.style, now[0])
        if text != self.written:
            self.write(text)
        self.seen, self.written = now, text


def into(file: Path) -> Write:
    """Writes the whole of a file at once: whoever reads it has the old text or the new one."""

    def write(text: str) -> None:
        # Not `*.json`: Prometheus would take a half-written one for another list.
        new = file.with_name(f".{file.name}.new")
        try:
            with new.open("w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            new.replace(file)
        except OSError as error:
            raise environment(f"{file}: cannot be written: {error.strerror}") from None

    return write


def without_targets(session: Session) -> bool:
    """Whether no app of the stack can be scraped, so that an empty list is no accident."""
    return not any(section.metrics for section in session.settings.apps.values())


def _shown(said: dict[str, object], style: Style) -> str:
    if style == "json":
        return json.dumps(said, indent=2) + "\n"
    return "".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}\n" for name, value in said.items()
    )
