"""A host that lives in memory: what its gateway routes, who is connected, and what its own scripts answer."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field

from tandem.docker import Container, DockerError, ports
from tandem.hosts.host import Taken
from tandem.hosts.routing import Bar, Canary, Routing, Stopped, Watch
from tandem.hosts.truth import Truth
from tandem.locks.holder import Holder
from tandem.locks.lock import Patience
from tandem.moves.drains import NOBODY, Drain

SCRIPTS = {"serving", "close", "draining", "pardon", "back", "history", "stopped", "contract"}


@dataclass
class FakeHost:
    """What serves, which releases the gateway has proved, which containers there are, and who is connected.

    `watches` says one watch per look, the last one for ever. `asked` are the scripts that ran, with their arguments.
    """

    live: dict[str, str | None] = field(default_factory=dict)
    proved: dict[str, tuple[str, ...]] = field(default_factory=dict)
    boxes: list[Container] = field(default_factory=list)
    canary: dict[str, Canary] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)
    pointers: set[str] = field(default_factory=set)
    watches: dict[str, list[Watch]] = field(default_factory=dict)
    barred: dict[str, list[Bar]] = field(default_factory=dict)
    stopped: dict[str, Stopped] = field(default_factory=dict)
    connected: dict[str, Drain] = field(default_factory=dict)
    past: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    silent: bool = False
    only_warns: set[str] = field(default_factory=set)
    lacks: set[str] = field(default_factory=set)
    refuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    contracts: dict[str, str] = field(default_factory=dict)
    looked: Callable[[], object] = lambda: None

    directory: str = "/var/lib/tandem/shop-local"

    def foresee(self, *, bind: str, port: int, gateway: str, images: Iterable[str]) -> None:
        pass

    def disk_free(self, folder: str) -> tuple[str, int]:
        return folder, shutil.disk_usage(folder).free

    def port_taken(self, bind: str, port: int) -> Taken | None:
        refusal = ports.refused(bind, port)
        return Taken(f"is held by {ports.owner(port)}") if refusal else None

    def kept(self, me: Holder, patience: Patience) -> AbstractContextManager[None]:
        return nullcontext()

    def holder(self) -> Holder | None:
        return None

    def free(self) -> None:
        pass

    def engine(self) -> str | None:
        return None

    def truth(self) -> Truth:
        if self.silent:
            raise DockerError("no daemon answers")
        return Truth(self.routing(), tuple(self.boxes))

    def routing(self) -> dict[str, Routing]:
        self.looked()
        return {app: self._route(app, live) for app, live in self.live.items()}

    def has(self, name: str) -> bool:
        return name in SCRIPTS - self.lacks

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        assert name in SCRIPTS
        assert limit > 0
        self.asked.append((name, *arguments))
        self.told.append(told)
        if name in self.refuses:
            code, why = self.refuses[name]
            return subprocess.CompletedProcess([name], code, stdout="", stderr=why)
        said = getattr(self, f"_{name}")(*arguments, told)
        return subprocess.CompletedProcess([name, *arguments], 0, stdout=said, stderr="")

    def _contract(self, app: str, told: str) -> str:
        return self.contracts[app]

    def flip_back(self, app: str, why: str = "rollback --now") -> None:
        """What a pointer flip does: the way back serves, the release that served is barred."""
        former, self.live[app] = self.live[app], self.back[app]
        assert former
        image = next(box.image for box in self.boxes if box.release == former and box.app == app)
        self.back.pop(app)
        self.canary.pop(app, None)
        self.pointers.add(app)
        self.barred.setdefault(app, []).append(Bar(former.partition("-")[2], image, "2026-10-01T12:00:00Z", why))

    def _route(self, app: str, live: str | None) -> Routing:
        watches = self.watches.get(app, [])
        watch = watches.pop(0) if len(watches) > 1 else next(iter(watches), None)
        bad = watch and watch.verdict == "bad" and watch.release == live
        if watch and bad and app in self.back and app not in self.only_warns:
            self.flip_back(app, watch.why)
            live = self.live[app]
        return Routing(
            live,
            self.proved.get(app, ()),
            self.canary.get(app),
            self.back.get(app),
            app in self.pointers,
            watch,
            tuple(self.barred.get(app, ())),
            self.stopped.get(app),
        )

    def _close(self, app: str, _told: str) -> str:
        self.live[app] = None
        return ""

    def _draining(self, _app: str, told: str) -> str:
        releases = [line.split()[1] for line in told.splitlines() if line.startswith("upstream")]
        return json.dumps({release: asdict(self.connected.get(release, NOBODY)) for release in releases})

    def _pardon(self, app: str, what: str, _why: str, _told: str) -> str:
        self.barred[app] = [bar for bar in self.barred[app] if not bar.hits(what, what)]
        return ""

    def _back(self, app: str, why: str, _told: str) -> str:
        former = self.live[app]
        self.flip_back(app, why)
        return json.dumps({"app": app, "release": self.live[app], "from": former, "moved": True, "kind": "back"})

    def _stopped(self, what: str, *parts_and_who: str) -> str:
        *parts, who = parts_and_who
        for part in parts:
            self.stopped.pop(part, None)
            if what == "on":
                self.stopped[part] = Stopped("2026-10-01T12:00:00Z", who.strip())
        return ""

    def _history(self, *_words: str) -> str:
        return "".join(f"{line}\n" for line in self.past)
