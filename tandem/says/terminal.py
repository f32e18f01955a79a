"""Progress on a terminal: every running step with its seconds, finished ones above, a table at the end."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tandem.engines import Event, Notice, StepDone, StepFailed, StepStarted
from tandem.hosts.routing import Watch
from tandem.says.progress import MARKS, indented, job_log, noun, visible, watch_line
from tandem.says.summary import Summary, app_rows

_STYLES = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red", "same": "dim"}


class Terminal:
    """A `Show` for people who watch."""

    pace = 1.0

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.errors = Console(stderr=True, highlight=False)
        self.running: dict[str, tuple[StepStarted, float]] = {}
        self.watches: dict[str, str] = {}
        self.began = time.monotonic()

    def event(self, event: Event) -> None:
        """See `Show.event`."""
        if isinstance(event, Notice):
            self.say(event.message) if event.severity == "info" else self.warn(event.message)
        elif isinstance(event, StepStarted):
            if visible(event):
                self.running[event.urn] = (event, time.monotonic())
        else:
            self.running.pop(event.urn, None)
            self._ended(event)

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self.console.print(Text(text))

    def warn(self, text: str) -> None:
        """See `Show.warn`."""
        self.console.print(Text(f"! {text}", style="yellow"))

    def watched(self, app: str, watch: Watch, left: float) -> None:
        """See `Show.watched`."""
        line = watch_line(app, watch, left)
        if watch.pending:
            self.watches[app] = line
        else:
            self.watches.pop(app, None)
            self.console.print(Text(line, style="bold red" if watch.verdict == "bad" else ""))

    def end(self, summary: Summary) -> None:
        """See `Show.end`."""
        self._table(summary)
        self.console.print(Text(summary.line(), style="bold"))

    def fail(self, message: str, code: int, summary: Summary | None = None) -> None:
        """See `Show.fail`."""
        del code  # people read the message, scripts the exit status
        if summary:
            self._table(summary)
        self.errors.print(Text(f"✗ {message}", style="red"))

    def live(self) -> AbstractContextManager[object]:
        """See `Show.live`."""
        self.began = time.monotonic()
        return Live(
            get_renderable=self._now, console=self.console, refresh_per_second=10, transient=True, redirect_stderr=False
        )

    def _ended(self, event: StepDone | StepFailed) -> None:
        title = noun(event.type, event.name)
        if isinstance(event, StepFailed):
            self.console.print(Text(f"✗ {title}  {event.seconds:.2f} s", style="bold red"))
            self.console.print(Text(indented(event.message)))
        elif visible(event):
            style = _STYLES[event.operation]
            self.console.print(
                Text.assemble((f"{MARKS[event.operation]} ", style), title, (f"  {event.seconds:.2f} s", "dim"))
            )
            if log := job_log(event):
                self.console.print(Text(log))

    def _now(self) -> RenderableType:
        now = time.monotonic()
        lines = [
            Text.assemble(("… ", "cyan"), noun(step.type, step.name), (f"  {now - since:.1f} s", "dim"))
            for step, since in list(self.running.values())
        ]
        watches = [Text.assemble(("… ", "cyan"), line) for line in self.watches.values()]
        return Group(*lines, *watches, Text(f"{now - self.began:.1f} s", style="dim"))

    def _table(self, summary: Summary) -> None:
        if not summary.apps:
            return
        header, *rows = app_rows(summary.apps)
        table = Table(*header, box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
