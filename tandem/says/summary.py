"""How a command ended, as a value: what was done, and how each app stands. As a line, a table and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tandem.engines import Operation

COUNTED: tuple[Operation, ...] = ("create", "update", "replace", "delete", "same")


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


def app_rows(apps: Sequence[AppLine]) -> list[list[str]]:
    """The summary table: a header, then a row per app."""
    rows = [["APP", "PHASE", "LIVE", "IMAGE", "READY", "FLIP"]]
    for line in apps:
        image = short_image(line.image) if line.image else "-"
        rows.append([line.app, line.phase, line.release or "-", image, _ms(line.ready_ms), _ms(line.flip_ms)])
    return rows


def short_image(image: str) -> str:
    """An image with its 64 digits cut to 12, for tables."""
    head, mark, digest = image.partition("sha256:")
    return f"{head}{mark}{digest[:12]}" if mark else image


def _ms(value: int | None) -> str:
    return "-" if value is None else f"{value} ms"
