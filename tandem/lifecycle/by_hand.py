"""`stop` and `start`: the whole stack or a part of it, by hand and in order. Nothing is made, removed or re-routed.

What is stopped leaves a mark on the host, so that nothing starts it behind its owner's back: not the deploy of another
app, not the clock of its cron jobs, not a reboot. See docs/lifecycle.md.
"""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from config.settings import Settings
from tandem.docker import Container
from tandem.exits import FAILED, INTERRUPTED, FailedRun, usage
from tandem.hosts.truth import Truth
from tandem.lifecycle import healthy, order, secret_files
from tandem.lifecycle.order import GATEWAY
from tandem.says.summary import Summary
from tandem.says.words import title
from tandem.stack.session import Session

EVERYTHING = "all"
MARK_LIMIT = 20.0


def stop(session: Session, words: Sequence[str], confirm: Callable[[str], None]) -> None:
    """Stops the parts that `words` name, after saying what that means and asking. Raises Stop or FailedRun."""
    truth = session.host.truth()
    parts = chosen(words, truth)
    what = title("stop", parts or [EVERYTHING])
    boxes = [box for box in order.belonging(truth, parts) if box.state in order.UP]
    for line in told(session.settings, parts, boxes, truth):
        session.show.say(line)
    if session.options.dry_run:
        session.show.end(summary(f"{what} (dry run)", "to stop", len(boxes), 0.0))
        return
    if boxes:
        confirm(f"Stop {', '.join(parts or [named(session)])}?")
    with session.alone(what, engine=False):
        began = time.monotonic()
        truth = session.host.truth()
        mark(session, on=True, parts=marks(parts, truth))
        done = stopped(session, what, order.belonging(truth, parts))
        session.show.end(summary(what, "stopped", done, time.monotonic() - began))


def start(session: Session, words: Sequence[str]) -> None:
    """Starts again what belongs to the parts: releases first, and the gateway when they are well.

    Raises FailedRun when one does not get well; the gateway is started all the same, for the others.
    """
    what = title("start", list(words) or [EVERYTHING])
    if session.options.dry_run:
        truth = session.truth()
        down = sleeping(truth, chosen(words, truth))
        session.show.say(f"would start: {names_of(down) or 'nothing'}")
        session.show.end(summary(f"{what} (dry run)", "to start", len(down), 0.0))
        return
    with session.alone(what, engine=False):
        began = time.monotonic()
        truth = session.truth()
        parts = chosen(words, truth)
        down = sleeping(truth, parts)
        complaints = wake(session, what, down, truth, marks(parts, truth))
        said = summary(what, "started", len(down), time.monotonic() - began)
        if complaints:
            raise FailedRun("\n".join(complaints), FAILED, said)
        if missing_gateway(truth, parts):
            session.show.warn("the gateway is stopped, so nobody is served; next: tandem start gateway")
        session.show.end(said)


def chosen(words: Sequence[str], truth: Truth) -> list[str] | None:
    """The parts that a person named; None = everything. Raises Stop (usage) for a name of nothing here."""
    there = order.parts_of(truth)
    if not words or (list(words) == [EVERYTHING] and EVERYTHING not in there):
        return None
    for word in words:
        if word not in there:
            raise usage(f"nothing here is called {word!r}; there is: {', '.join(there) or 'nothing yet'}")
    return list(dict.fromkeys(words))


def told(settings: Settings, parts: Collection[str] | None, boxes: Sequence[Container], truth: Truth) -> Iterator[str]:
    """What a stop means, one line a part."""
    if parts is None:
        what = f"everything stops ({names_of(boxes)})" if boxes else "nothing runs"
        yield f"{what}; data and state stay, and `tandem start` brings it all back"
        return
    for part in parts:
        of_part = [box for box in boxes if (GATEWAY if box.role == GATEWAY else box.app) == part]
        if not of_part:
            yield f"{part}: nothing of it runs"
        elif part == GATEWAY:
            yield f"gateway: {names_of(of_part)} stops; no app is reachable until `tandem start gateway`"
        else:
            yield f"{part}: stops {names_of(of_part)}; {outage(part, settings, truth)} until `tandem start {part}`"


def outage(app: str, settings: Settings, truth: Truth) -> str:
    """What visitors of an app get from now on."""
    section = settings.apps.get(app)
    if section is None or section.port is None:
        return "it does nothing"
    where = section.domains[0] if section.domains else app
    served = f" ({live} served it)" if (live := truth.route(app).live) else ""
    return f"{where} answers 503 from now on{served}"


def stopped(session: Session, what: str, boxes: Sequence[Container]) -> int:
    """Stops what runs of these, group by group; how many that were."""
    groups = order.descending(box for box in boxes if box.state in order.UP)
    done: list[Container] = []
    try:
        for group in groups:
            session.docker.stop(*(box.id for box in group))
            session.show.say(f"stopped {names_of(group)}")
            done += group
    except KeyboardInterrupt:
        left = names_of([box for group in groups for box in group if box not in done])
        message = f"interrupted; not known to have stopped: {left}\nGo on with the same command, or `tandem start`"
        raise FailedRun(message, INTERRUPTED, summary(what, "stopped", len(done), 0.0)) from None
    return len(done)


def sleeping(truth: Truth, parts: Collection[str] | None) -> list[Container]:
    """What `start` starts: what has stopped of these parts and ought to run, and their workers."""
    there = [box for box in order.belonging(truth, parts) if box.state == order.DOWN]
    return [box for box in there if box.role == "worker" or order.ought_to_run(box, truth)]


def wake(session: Session, what: str, down: Sequence[Container], truth: Truth, parts: Sequence[str]) -> list[str]:
    """Starts them, each group when the releases of the one before are well; a line about each that is not."""
    lost = secret_files.restore(session) if down else secret_files.Lost()
    complaints = list(lost.said)
    done: list[Container] = []
    try:
        for group in order.ascending(box for box in down if box.name not in lost.containers):
            if group[0].role == GATEWAY:
                mark(session, on=False, parts=parts)  # before a watch goes on, which would take it for a new stop
            session.docker.start(*(box.id for box in group))
            session.show.say(f"started {names_of(group)}")
            done += group
            complaints += healthy.await_all(session, healthy.patients(session, group, truth), truth)
            complaints += healthy.await_gateway(session, group)
        mark(session, on=False, parts=parts)
    except KeyboardInterrupt:
        message = "interrupted; what was started runs on. The same command starts the rest"
        raise FailedRun(message, INTERRUPTED, summary(what, "started", len(done), 0.0)) from None
    return complaints


def marks(parts: Sequence[str] | None, truth: Truth) -> list[str]:
    """The marks of these parts, as the host spells them: what is no app begins with an underscore."""
    everything = parts is None
    apps = [part for part in (order.parts_of(truth) if parts is None else parts) if part != GATEWAY]
    gateway = ["_gateway"] if everything or GATEWAY in (parts or ()) else []
    return [*apps, *gateway, *(["_scheduler"] if everything else [])]


def mark(session: Session, *, on: bool, parts: Sequence[str]) -> None:
    """Marks parts as stopped by hand, or takes the marks away. A host with older scripts knows no marks."""
    if not parts or not session.host.has("stopped"):
        return
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    said = session.host.script("stopped", "on" if on else "off", *parts, told=f"{who}\n", limit=MARK_LIMIT)
    if said.returncode != 0:
        session.show.warn(f"cannot note what is stopped by hand: {said.stderr.strip()}")


def missing_gateway(truth: Truth, parts: Collection[str] | None) -> bool:
    """Whether only apps were started and nobody leads visitors to them."""
    gateways = [box for box in truth.containers if box.role == GATEWAY]
    return parts is not None and GATEWAY not in parts and all(box.state not in order.UP for box in gateways)


def names_of(boxes: Sequence[Container]) -> str:
    """Names for people."""
    return ", ".join(box.name for box in boxes)


def named(session: Session) -> str:
    """`everything of shop-prod`."""
    return f"everything of {session.somewhere.project}-{session.somewhere.stack}"


def summary(what: str, verb: str, count: int, took: float) -> Summary:
    """The last line; no engine ran. `verb`: `stopped`, or `to stop` of a dry run."""
    words = f"{count} {verb}" if count else "nothing to do"
    return Summary(what, "none", {}, took, words=words, more={verb.replace(" ", "_"): count})
