"""Who listens while a preview is made: everything goes on to somebody who shows it, and warnings are kept."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tandem.engines import Event, Notice
from tandem.hosts.routing import Watch
from tandem.says.progress import Show
from tandem.says.summary import Summary


class Noting:
    """A `Show` that keeps what should be known."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.pace = show.pace
        self.notes: list[str] = []

    def event(self, event: Event) -> None:
        """See `Show.event`."""
        if isinstance(event, Notice) and event.severity == "warning":
            self.notes.append(event.message)
        self.show.event(event)

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self.show.say(text)

    def warn(self, text: str) -> None:
        """See `Show.warn`."""
        self.notes.append(text)
        self.show.warn(text)

    def watched(self, app: str, watch: Watch, left: float) -> None:
        """See `Show.watched`."""
        self.show.watched(app, watch, left)

    def end(self, summary: Summary) -> None:
        """See `Show.end`."""
        self.show.end(summary)

    def fail(self, message: str, code: int, summary: Summary | None = None) -> None:
        """See `Show.fail`."""
        self.show.fail(message, code, summary)

    def live(self) -> AbstractContextManager[object]:
        """See `Show.live`."""
        return self.show.live()
