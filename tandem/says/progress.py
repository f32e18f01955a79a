"""What a person or a program sees while an engine runs: live lines on a terminal, plain lines, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import IO, Any, Protocol

from tandem.engines import Event, Notice, StepDone, StepFailed, StepStarted
from tandem.hosts.routing import Watch
from tandem.says.summary import Summary, app_rows
from tandem.says.tables import columns

MARKS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "same": "="}
_SLOW = ("RemoteImage", "switch-", "guard-", "before-", "after-")
_JOBS = ("before-", "after-")


class Show(Protocol):
    """Where everything that is said goes."""

    pace: float
    """Seconds between two words about a watch that goes on as before."""

    def event(self, event: Event) -> None:
        """One event of an engine."""
        ...

    def say(self, text: str) -> None:
        """A remark in passing."""
        ...

    def warn(self, text: str) -> None:
        """A remark that must not be missed."""
        ...

    def watched(self, app: str, watch: Watch, left: float) -> None:
        """How a watch stands, again and again until its verdict; `left` seconds of its window."""
        ...

    def end(self, summary: Summary) -> None:
        """The last word of a command that ended well."""
        ...

    def fail(self, message: str, code: int, summary: Summary | None = None) -> None:
        """The last word of one that did not."""
        ...

    def live(self) -> AbstractContextManager[object]:
        """Surrounds a run of the engine."""
        ...


class Plain:
    """Lines for logs and pipes: one per finished step, no colours, no cursor movement."""

    pace = 5.0

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        self.out = out or sys.stdout
        self.errors = errors or sys.stderr

    def event(self, event: Event) -> None:
        """See `Show.event`."""
        line = plain_line(event)
        if line:
            self._write(self.out, line)

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self._write(self.out, text)

    def warn(self, text: str) -> None:
        """See `Show.warn`."""
        self._write(self.errors, f"warning: {text}")

    def watched(self, app: str, watch: Watch, left: float) -> None:
        """See `Show.watched`."""
        self._write(self.out, watch_line(app, watch, left))

    def end(self, summary: Summary) -> None:
        """See `Show.end`."""
        if summary.apps:
            self._write(self.out, "\n".join(columns(app_rows(summary.apps))))
        self._write(self.out, summary.line())

    def fail(self, message: str, code: int, summary: Summary | None = None) -> None:
        """See `Show.fail`."""
        del code  # people read the message, scripts the exit status
        if summary and summary.apps:
            self._write(self.out, "\n".join(columns(app_rows(summary.apps))))
        self._write(self.errors, f"error: {message}")

    def live(self) -> AbstractContextManager[object]:
        """See `Show.live`."""
        return nullcontext()

    @staticmethod
    def _write(to: IO[str], text: str) -> None:
        to.write(f"{text}\n")
        to.flush()


class Json(Plain):
    """JSON lines on stdout; the last one is the summary. Remarks are lines too, so that stdout stays parseable."""

    def event(self, event: Event) -> None:
        """See `Show.event`."""
        self._line(as_json(event))

    def say(self, text: str) -> None:
        """See `Show.say`."""
        self._line({"event": "notice", "severity": "info", "message": text})

    def warn(self, text: str) -> None:
        """See `Show.warn`."""
        self._line({"event": "notice", "severity": "warning", "message": text})

    def watched(self, app: str, watch: Watch, left: float) -> None:
        """See `Show.watched`."""
        self._line({"event": "verdict", "app": app, **asdict(watch), "left": round(left, 1)})

    def end(self, summary: Summary) -> None:
        """See `Show.end`."""
        self._line(summary.as_json())

    def fail(self, message: str, code: int, summary: Summary | None = None) -> None:
        """See `Show.fail`."""
        self._line({**(summary.as_json() if summary else {}), "error": message, "exit": code})
        self._write(self.errors, f"error: {message}")

    def _line(self, said: Mapping[str, Any]) -> None:
        self._write(self.out, json.dumps(said, ensure_ascii=False))


def noun(type_token: str, name: str) -> str:
    """`docker:index/container:Container`, `web-green-…` as `container web-green-…`; commands keep their own name."""
    kind = type_token.rpartition(":")[2]
    return name if kind == "Command" else f"{kind.lower()} {name}"


def visible(event: StepStarted | StepDone | StepFailed) -> bool:
    """Whether a person cares: not what stayed, not the program's own brackets."""
    return event.operation != "same" and not event.type.startswith(("pulumi:", "tandem:"))


def plain_line(event: Event) -> str | None:
    """One event as a line of text; None where a person need not know."""
    if isinstance(event, Notice):
        return event.message if event.severity == "info" else f"{event.severity}: {event.message}"
    if isinstance(event, StepFailed):
        return f"  ✗ {noun(event.type, event.name)} ({event.seconds:.2f} s)\n{indented(event.message)}"
    if not visible(event):
        return None
    title = f"{MARKS[event.operation]} {noun(event.type, event.name)}"
    if isinstance(event, StepStarted):
        return f"  {title} …" if any(mark in event.name or mark in event.type for mark in _SLOW) else None
    log = job_log(event)
    return f"  {title} ({event.seconds:.2f} s)" + (f"\n{log}" if log else "")


def job_log(event: StepDone) -> str:
    """What a job around the switch said, set in under its step; empty for every other step."""
    return indented(event.detail) if event.name.startswith(_JOBS) else ""


def watch_line(app: str, watch: Watch, left: float) -> str:
    """`web: green-1a2b3c4d is watched: 120 requests, 0 failed, 9 s left`, or its verdict."""
    counted = f"{watch.seen} requests, {watch.failed} failed"
    if watch.pending:
        return f"{app}: {watch.release} is watched: {counted}, {left:.0f} s left"
    return f"{app}: verdict of {watch.release}: {watch.verdict} ({watch.why or counted})"


def as_json(event: Event) -> dict[str, Any]:
    """One event as the object of a JSON line."""
    names = {StepStarted: "started", StepDone: "done", StepFailed: "failed", Notice: "notice"}
    return {"event": names[type(event)], **asdict(event)}


def indented(text: str) -> str:
    """Lines set in under the step they belong to."""
    return "\n".join(f"    {line}" for line in text.splitlines())
