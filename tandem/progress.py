"""What a person or a program sees while an engine runs: live lines on a terminal, plain lines, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import IO, Any, Protocol

from tandem.engines import Event, Notice, Operation, StepDone, StepFailed, StepStarted
from tandem.routing import Watch

COUNTED: tuple[Operation, ...] = ("create", "update", "replace", "delete", "same")
MARKS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "same": "="}
_SLOW = ("RemoteImage", "switch-", "guard-", "before-", "after-")
_JOBS = ("before-", "after-")


@dataclass(frozen=True)
class AppLine:
    """How one app stands after a move. Times are milliseconds, None where nothing was measured."""

    app: str
    phase: str
    live: str | None
    release: str | None
    image: str | None
    ready_ms: int | None = None
    flip_ms: int | None = None
    url: str | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class Summary:
    """How a command ended: steps counted by operation, wall seconds, the engine that ran, every app it touched."""

    title: str
    engine: str
    counts: Mapping[Operation, int]
    seconds: float
    apps: Sequence[AppLine] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    words: str | None = None

    def line(self) -> str:
        """`3 created, 1 updated, 8 unchanged in 1.42 s (engine offline)`; `words` stand in for the counts."""
        words: dict[Operation, str] = {
            "create": "created",
            "update": "updated",
            "replace": "replaced",
            "delete": "deleted",
            "same": "unchanged",
        }
        said = [f"{self.counts[operation]} {word}" for operation, word in words.items() if self.counts.get(operation)]
        done = self.words or ", ".join(said) or "nothing to do"
        return f"{self.title}: {done} in {self.seconds:.2f} s (engine {self.engine})"

    def then(self, later: Summary) -> Summary:
        """This and a later part of the same command as one: its own title, all steps and seconds, the later apps."""
        counts = {operation: self.counts.get(operation, 0) + later.counts.get(operation, 0) for operation in COUNTED}
        apps = {line.app: line for line in self.apps}
        for line in later.apps:
            was = apps.get(line.app, line)
            apps[line.app] = replace(
                line,
                ready_ms=was.ready_ms if line.flip_ms is None else line.ready_ms,
                flip_ms=was.flip_ms if line.flip_ms is None else line.flip_ms,
                verdict=line.verdict or was.verdict,
            )
        return replace(self, counts=counts, seconds=self.seconds + later.seconds, apps=[*apps.values()])

    def judged(self, verdicts: Mapping[str, str]) -> Summary:
        """With the verdict of each app that was watched."""
        apps = [replace(line, verdict=verdicts.get(line.app, line.verdict)) for line in self.apps]
        return replace(self, apps=apps)

    def as_json(self) -> dict[str, Any]:
        """The last line of `--json`."""
        counts = {operation: self.counts.get(operation, 0) for operation in COUNTED}
        apps = {line.app: {key: value for key, value in asdict(line).items() if key != "app"} for line in self.apps}
        return {"summary": counts, "seconds": round(self.seconds, 3), "engine": self.engine, "apps": apps, **self.more}


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


def app_rows(apps: Sequence[AppLine]) -> list[list[str]]:
    """The summary table: a header, then a row per app."""
    rows = [["APP", "PHASE", "LIVE", "IMAGE", "READY", "FLIP"]]
    for line in apps:
        image = short_image(line.image) if line.image else "-"
        rows.append([line.app, line.phase, line.release or "-", image, _ms(line.ready_ms), _ms(line.flip_ms)])
    return rows


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned text."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def short_image(image: str) -> str:
    """An image with its 64 digits cut to 12, for tables."""
    head, mark, digest = image.partition("sha256:")
    return f"{head}{mark}{digest[:12]}" if mark else image


def _ms(value: int | None) -> str:
    return "-" if value is None else f"{value} ms"
