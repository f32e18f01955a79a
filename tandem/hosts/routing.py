"""What the gateway's files say of one app: where its traffic goes, what is watched, what may not serve again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Any

from config import names
from tandem.exits import environment


@dataclass(frozen=True)
class Canary:
    """A part of the traffic: `percent` (1 to 99) of it goes to `release`."""

    release: str
    percent: int


@dataclass(frozen=True)
class Watch:
    """The newest watch of an app. `until`: end of its window, milliseconds since 1970; `seen`, `failed`: requests."""

    release: str | None
    verdict: str
    id: str = ""
    why: str = ""
    seen: int = 0
    failed: int = 0
    until: int | None = None

    @property
    def pending(self) -> bool:
        """Whether its verdict is still to come."""
        return self.verdict == "pending"

    @property
    def judges(self) -> bool:
        """Whether there is or will be a verdict; a window of no seconds gives none."""
        return self.verdict != "none"

    def left(self, now: float) -> float:
        """Seconds until its window ends; `now` in seconds since 1970."""
        return max(self.until / 1000 - now, 0.0) if self.until is not None else 0.0


@dataclass(frozen=True)
class Bar:
    """Why a release may get no traffic. Without `image` only the hash is barred: its settings are to blame."""

    hash8: str
    image: str | None
    at: str
    why: str

    def hits(self, image: str | None, hash8: str | None) -> bool:
        """Whether a release of that image or hash is meant."""
        return (image is not None and image == self.image) or (hash8 is not None and hash8 == self.hash8)


@dataclass(frozen=True)
class Stopped:
    """An app was stopped by hand: when (UTC) and by whom, both for people."""

    at: str
    by: str


@dataclass(frozen=True)
class Routing:
    """Where the gateway sends one app: the live release (None: it answers 503) and every release it knows.

    `back` is the release that a flip by pointer would go to; `pointer` says that such a flip is in force, so `live` is
    already that release and the weights still say otherwise.
    """

    live: str | None
    releases: tuple[str, ...] = ()
    canary: Canary | None = None
    back: str | None = None
    pointer: bool = False
    watch: Watch | None = None
    barred: tuple[Bar, ...] = ()
    stopped: Stopped | None = None

    def bar(self, image: str | None, hash8: str | None) -> Bar | None:
        """The newest bar against a release of that image or hash."""
        return next((bar for bar in reversed(self.barred) if bar.hits(image, hash8)), None)


def read(said: Mapping[str, Any]) -> Routing:
    """One app's entry of `host/serving`. Fields that an older host does not say are as if nothing of it were there."""
    canary, watch, stopped = said.get("canary"), said.get("watch"), said.get("stopped")
    return Routing(
        live=said["live"],
        releases=tuple(said.get("releases", ())),
        canary=Canary(canary["release"], int(canary["percent"])) if canary else None,
        back=said.get("back"),
        pointer=bool(said.get("pointer")),
        watch=_watch(watch) if watch else None,
        barred=tuple(_bars(said.get("barred") or ())),
        stopped=Stopped(str(stopped["at"]), str(stopped["by"])) if stopped else None,
    )


def answered(asked: CompletedProcess[str]) -> dict[str, Routing]:
    """What `host/serving` said, by app. Raises Stop where it failed."""
    if asked.returncode != 0:
        raise environment(f"serving: {asked.stderr.strip() or f'exit code {asked.returncode}'}")
    return {app: read(entry) for app, entry in json.loads(asked.stdout or "{}").items()}


def hash8_of(release: str | None) -> str | None:
    """`1a2b3c4d` of `green-1a2b3c4d`."""
    return names.split_release(release)[1] if release else None


def _watch(said: Mapping[str, Any]) -> Watch:
    return Watch(
        release=said.get("release"),
        verdict=str(said.get("verdict") or "pending"),
        id=str(said.get("id") or ""),
        why=str(said.get("why") or ""),
        seen=int(said.get("seen") or 0),
        failed=int(said.get("failed") or 0),
        until=int(said["until"]) if said.get("until") is not None else None,
    )


def _bars(said: Any) -> Iterator[Bar]:
    for bar in said:
        image = bar.get("image")
        yield Bar(str(bar["hash"]), image if image not in (None, "", "-") else None, str(bar["at"]), str(bar["why"]))
