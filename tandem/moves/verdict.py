"""The verdict on a release that has just got traffic: the host watches and judges, the command waits and tells.

The watch is the host's own: it goes on, and sends the traffic back, whether or not anybody waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from config import names
from tandem.exits import INTERRUPTED, SWITCHED_OFF, FailedRun, Stop
from tandem.hosts.routing import Watch
from tandem.moves.story import Done, Move, carry_out
from tandem.says.summary import Summary
from tandem.stack.session import Session

PAUSE = 0.25
"""Seconds between two looks at the host."""
MARGIN = 10.0
"""Seconds beyond its window after which a watch without a verdict is waited for no longer."""
LOCK_WAIT = 60.0
"""Seconds to wait for the stack once a verdict is bad: the file must follow, whoever is at work meanwhile."""


def wait(session: Session, releases: Mapping[str, str]) -> dict[str, Watch]:
    """App → how the watch of its release ended; without those that nobody watches. `releases`: app → release."""
    ended: dict[str, Watch] = {}
    open_, told = dict(releases), Told(session)
    with session.show.live():
        while open_:
            routes = session.host.routing()
            for app, release in list(open_.items()):
                route = routes.get(app)
                watch = route.watch if route else None
                if watch is None or watch.release != release:
                    del open_[app]
                    continue
                told.tell(app, watch)
                if not watch.pending or overdue(watch):
                    ended[app] = watch
                    del open_[app]
            if open_:
                time.sleep(PAUSE)
    return ended


def pending(session: Session, releases: Mapping[str, str]) -> list[str]:
    """The apps whose release is being watched right now."""
    routes = session.host.routing()
    watches = {app: routes[app].watch for app in releases if app in routes}
    return [app for app, watch in watches.items() if watch and watch.pending and watch.release == releases[app]]


def before_giving_up(session: Session, title: str, apps: Sequence[str]) -> None:
    """Before the way back goes: waits for what is pending on the live release. Raises FailedRun (7) after a bad one."""
    routes = session.host.routing()
    live = {app: release for app in apps if app in routes and (release := routes[app].live)}
    watched = pending(session, live)
    if not watched:
        return
    nothing = Summary(title, session.engine.name, {}, 0.0)
    _, watches = await_all(session, title, Done(nothing, (), {}), {app: live[app] for app in watched})
    off = switched_off(session, watches)
    if off:
        follow(session, title, list(off), off, nothing)


def begun(session: Session, done: Done, apps: Collection[str]) -> dict[str, Watch]:
    """The watch that a move has begun, by app; its verdict may be there before the move has ended."""
    routes = session.host.routing() if apps else {}
    found: dict[str, Watch] = {}
    for app, release in done.moved.items():
        watch = routes[app].watch if app in apps and app in routes else None
        receipt = done.receipts.get(app)
        known = receipt.id if receipt else None
        if watch and watch.judges and watch.release == release and watch.id in ("", known):
            found[app] = watch
    return found


def overdue(watch: Watch) -> bool:
    """Whether the window is long over: its watcher died with the gateway, or clocks differ."""
    return watch.until is not None and time.time() > watch.until / 1000 + MARGIN


def await_all(session: Session, title: str, done: Done, releases: Mapping[str, str]) -> tuple[Done, dict[str, Watch]]:
    """Waits, and puts the verdicts into the summary. Ctrl-C ends the waiting only, with exit 130."""
    try:
        watches = wait(session, releases)
    except KeyboardInterrupt:
        serving = ", ".join(f"{app}: {release} serves" for app, release in releases.items())
        message = (
            f"{title}: done ({serving}); only the waiting for the verdict was interrupted. "
            f"The watch goes on by itself: `tandem status` shows it, and `tandem up` follows it"
        )
        raise FailedRun(message, INTERRUPTED, done.summary) from None
    for app, watch in watches.items():
        if watch.verdict == "superseded":
            session.show.warn(f"{app}: somebody moved the traffic meanwhile; `tandem status` shows where it goes")
        if watch.verdict == "unjudged" or watch.pending:
            session.show.warn(
                f"{app}: too little traffic to judge {watch.release} by; the watch goes on for up to 10 minutes"
            )
    verdicts = {app: watch.verdict for app, watch in watches.items()}
    return replace(done, summary=done.summary.judged(verdicts)), watches


def switched_off(session: Session, watches: Mapping[str, Watch]) -> dict[str, Watch]:
    """Those whose bad verdict took the traffic away; a stack file may say that it shall only warn."""
    bad = {app: watch for app, watch in watches.items() if watch.verdict == "bad"}
    routes = session.host.routing() if bad else {}
    off = {app: watch for app, watch in bad.items() if routes[app].live != watch.release}
    for app in bad.keys() - off.keys():
        session.show.warn(f"{app}: {bad[app].release} serves on in spite of its bad verdict: {bad[app].why}")
    return off


def follow(session: Session, title: str, apps: Sequence[str], off: Mapping[str, Watch], summary: Summary) -> NoReturn:
    """After a bad verdict the file follows the host, and one run makes everything agree, workers too. Exit code 7."""
    lines = [f"{title}: {app}: {watch.release} was switched off: {watch.why}" for app, watch in off.items()]
    try:
        done = carry_out(session, Move(title, apps, lambda _app, rollout, _seen: rollout, lock_wait=LOCK_WAIT))
        summary = summary.then(done.summary) if done else summary
        lines += [f"{line.app}: {line.release} serves" for line in summary.apps]
        for app, watch in off.items():
            colour = names.split_release(watch.release or "")[0]
            lines.append(f"next: tandem logs {app} --colour {colour} says why; tandem cancel {app} removes it")
    except (Stop, FailedRun) as error:
        lines += [str(error), "the host serves the previous release already; `tandem up` makes the rest agree"]
    raise FailedRun("\n".join(lines), SWITCHED_OFF, summary.judged(dict.fromkeys(off, "bad")))


class Told:
    """Says what is new of a watch, and at the pace of the show that it goes on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.last: dict[str, tuple[Watch, float]] = {}

    def tell(self, app: str, watch: Watch) -> None:
        """One look at a watch."""
        now = time.monotonic()
        before, at = self.last.get(app, (None, now))
        if before is None or not watch.pending or now - at >= self.session.show.pace or watch.failed != before.failed:
            self.session.show.watched(app, watch, watch.left(time.time()))
            self.last[app] = (watch, now)
