"""`preview` and `destroy`, and what they share with `up`: the stack as its file says it, without a move."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import names
from config.settings import Settings
from tandem.checks import before
from tandem.engines import Engine, EngineError, OnEvent, Result
from tandem.exits import FAILED, PENDING, REFUSED, FailedRun
from tandem.hosts import arrival
from tandem.hosts.truth import Truth
from tandem.locks.lock import NAME as KEPT
from tandem.moves.aftermath import code as code_of
from tandem.moves.aftermath import reason, truth_or_nothing
from tandem.says.interrupt import gently
from tandem.says.summary import Summary
from tandem.stack.session import Session

if TYPE_CHECKING:
    from tandem.cloud.review import Review


@dataclass(frozen=True)
class Foreseen:
    """A plan as far as it goes, why it does not go further, and what gate and policy say of it."""

    result: Result
    failure: EngineError | None
    review: Review

    def refusal(self, title: str) -> tuple[str, int] | None:
        """Why it may not pass, and the exit code; None where it may."""
        refusals = self.review.refusals
        if self.failure and not self.review.explains(self.failure.failures):
            return "\n".join([str(self.failure), *refusals]), FAILED
        if refusals:
            return "\n".join([f"{title}: refused", *refusals]), REFUSED
        return None


def preview(session: Session, allow: Collection[str] = ()) -> None:
    """Says what `up` would do, and refuses what the gate and the policy do not let pass. Raises FailedRun."""
    foresee(session, "preview", session.engine, allow)


def foresee(
    session: Session, title: str, engine: Engine, allow: Collection[str] = (), more: Mapping[str, Any] | None = None
) -> None:
    """The same of an engine that may have another content of the stack file. `more`: for the summary."""
    seen = look(session, engine, allow)
    for line in seen.review.warnings:
        session.show.warn(line)
    result = seen.result
    said = {**(more or {}), "changed": result.changed, **seen.review.as_json()}
    summary = Summary(title, engine.name, result.counts, result.seconds, more=said)
    if refusal := seen.refusal(title):
        message, code = refusal
        raise FailedRun(message, code, summary)
    session.show.end(summary)


def look(session: Session, engine: Engine, allow: Collection[str] = ()) -> Foreseen:
    """What `up` would do, as an engine plans it, with what gate and policy say."""
    from tandem.cloud import review  # a plain `up` does without the rules

    with session.show.live():
        result, failure = planned(session, engine)
    seen = review.review(session.settings, result.plan, review.as_said(allow), whole=failure is None)
    return Foreseen(result, failure, seen)


def destroy(session: Session, *, data: bool) -> None:
    """Removes everything the stack made; with `data` its volumes too. Forgets the stack when nothing is left."""
    with session.alone("destroy"):
        began = time.monotonic()
        arrival.demand_unprotected(session)
        before.demand_known(session)
        before.demand_removable(session)
        result = run(session, "destroy", session.engine.destroy, session.truth())
        if session.kind == "gce":
            # The machine is gone, and with it whatever was on it.
            engine = session.engine.name
            arrival.forget(session)
            forget(session.folder)
            session.show.end(Summary("destroy", engine, result.counts, time.monotonic() - began))
            return
        volumes = session.docker.volumes(session.labels)
        if data:
            session.docker.remove_volumes(volumes)
        elif volumes:
            session.show.say(f"data stays: {', '.join(volumes)} (`tandem destroy --data` removes it)")
        left = session.docker.containers(session.labels)
        if left:
            session.show.warn(f"still there: {', '.join(box.name for box in left)}")
        else:
            forget(session.folder)
        session.show.end(Summary("destroy", session.engine.name, result.counts, time.monotonic() - began))


def differences(settings: Settings, truth: Truth, expected: Collection[str] = ()) -> Iterator[str]:
    """Where the stack file and what the host serves say different things, one line an app, but for `expected` ones."""
    for app in settings.apps:
        if app in expected:
            continue
        rollout = settings.rollout(app)
        served = truth.live(app, rollout)
        colour = names.split_release(served)[0] if served else None
        if served and colour != rollout.live and not truth.route(app).pointer:
            yield f"{app}: the host serves {served}, the file says {rollout.live or 'nothing'}; up follows the file"


def forget(folder: Path) -> None:
    """Removes what belongs to a stack on this machine, but the lock that is being held."""
    for entry in folder.iterdir():
        if entry.name == KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def run(session: Session, title: str, run: Callable[[OnEvent], Result], truth: Truth) -> Result:
    """Runs the engine; a failure becomes the last word: what happened and what serves now."""
    with gently(session.show), session.show.live():
        try:
            return run(session.show.event)
        except (EngineError, KeyboardInterrupt) as error:
            failure = error
    after = truth_or_nothing(session)
    lines = [f"{title}: {reason(failure)}"]
    moved = False
    for app in session.settings.apps:
        rollout = session.settings.rollout(app)
        was, now = truth.live(app, rollout), after.live(app, rollout)
        moved = moved or (now is not None and now != was)
        lines.append(
            f"{app}: {now or 'nothing'} serves" + (", as before" if now == was else f" (before: {was or 'nothing'})")
        )
    code = PENDING if moved else code_of(failure)
    result = (failure.result if isinstance(failure, EngineError) else None) or Result({}, {}, 0.0)
    raise FailedRun("\n".join(lines), code, Summary(title, session.engine.name, result.counts, result.seconds))


def planned(session: Session, engine: Engine) -> tuple[Result, EngineError | None]:
    """The plan, as far as it goes, and why it does not go further."""
    try:
        return engine.preview(session.show.event), None
    except EngineError as error:
        return error.result or Result({}, {}, 0.0), error
