"""The story of a move: lock, read, ask the host, decide, write, run the engine, and let the file follow the host."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.rollout import Rollout
from tandem.checkout.commit_words import outcomes, wishes
from tandem.checkout.commits import steadily
from tandem.checks import before, expects, images, memory
from tandem.cloud import beforehand
from tandem.engines import EngineError, Event, Result, StepDone
from tandem.exits import PENDING, FailedRun, Stop
from tandem.hosts.truth import Truth
from tandem.moves import (
    aftermath,
    bars,
    drains,
    fingerprints,
    keeping,
    missing,
    plans,
    receipts,
    revive,
    settle,
    sweep,
    update,
)
from tandem.moves.plans import Plan, Turn
from tandem.moves.receipts import Receipt
from tandem.says import refusals
from tandem.says.interrupt import deaf, gently
from tandem.says.summary import AppLine, Summary
from tandem.stack.session import Session, as_entry
from tandem.stack.stackfile import StackFile

Undo = Callable[[Session, Sequence[Plan], Mapping[str, Receipt]], None]


@dataclass(frozen=True)
class Move:
    """What a person asked for.

    `decided` is told the plans before anything is touched. `force`: why a barred release may have traffic. `patience`:
    seconds to wait until nobody is connected to what is dropped. `idle`: whether the engine runs though no rollout
    changes. `undo` is told, after a failure, which apps have moved already. `lock_wait`: seconds to wait for the lock.
    """

    title: str
    apps: Sequence[str]
    turn: Turn
    decided: Callable[[Sequence[Plan]], None] = lambda _planned: None
    force: str | None = None
    patience: float = 0.0
    idle: bool = True
    undo: Undo | None = None
    lock_wait: float | None = None


@dataclass(frozen=True)
class Done:
    """How a move ended well: the summary, the plans of the apps it was asked for, and each app's rollout now.

    `receipts`: what the switches said, by app.
    """

    summary: Summary
    planned: Sequence[Plan]
    now: Mapping[str, Rollout]
    receipts: Mapping[str, Receipt] = field(default_factory=dict)

    @property
    def moved(self) -> dict[str, str]:
        """App → release that serves, of the apps whose traffic was to move."""
        lines = {line.app: line.release for line in self.summary.apps}
        return {plan.app: release for plan in self.planned if plan.flips and (release := lines.get(plan.app))}


def move(session: Session, wanted: Move) -> None:
    """Makes one move in one update, and says how it ended. Raises Stop or FailedRun."""
    done = carry_out(session, wanted)
    if done is not None:
        session.show.end(done.summary)


def carry_out(session: Session, wanted: Move) -> Done | None:
    """Makes one move, and leaves the last word to the caller; None after a dry run, or when there was nothing to do."""
    with session.alone(wanted.title, wanted.lock_wait):
        return steadily(session.reread, lambda: _carried_out(session, wanted))


def _carried_out(session: Session, wanted: Move) -> Done | None:
    file = StackFile.read(session.stack.file)
    info = before.update(session)
    truth = session.truth()
    if not session.options.dry_run:
        beforehand.ask(session, wanted.title)
        truth = revive.revive(session, truth, wanted.apps)
        missing.look(session, truth)
    planned = _planned(session, wanted, truth)
    barred = bars.check(planned, truth, wanted.force)
    if not session.options.dry_run and _turned_back(planned, truth):
        file, truth, planned = _agreed(session, wanted, file, planned)
    memory.check(session, planned, truth, info)
    expects.check(session, planned)
    if session.checked:
        images.check(session, planned, truth, info)
    wanted.decided([plan for plan in planned if plan.app in wanted.apps])
    if not wanted.idle and all(plan.after == plan.file for plan in planned):
        return None
    text = _new_text(session, file, planned)
    if session.options.dry_run:
        rehearse(session, wanted.title, file, text)
        return None
    bars.pardon(session, barred, wanted.force or "")
    return Run(session, wanted, file, planned).make(text)


def _turned_back(planned: Sequence[Plan], truth: Truth) -> bool:
    """Whether an app that a pointer sent back is to move: its engine's notes may say already what is wanted now."""
    return any(truth.route(plan.app).pointer and plan.after != plan.adopted for plan in planned)


def _agreed(
    session: Session, wanted: Move, file: StackFile, planned: Sequence[Plan]
) -> tuple[StackFile, Truth, list[Plan]]:
    """First one run that makes the engine agree with the host; then the move is planned anew."""
    adopted = [replace(plan, after=plan.adopted) for plan in planned]
    Run(session, replace(wanted, undo=None), file, adopted).make(_new_text(session, file, adopted))
    session.reread()
    truth = session.truth()
    return StackFile.read(session.stack.file), truth, _planned(session, wanted, truth)


def rehearse(session: Session, title: str, file: StackFile, text: str) -> None:
    """Shows what a move would change, in the file and on the host, and whether it may pass; changes nothing."""
    session.show.say(file.diff(text) or f"{file.path.name}: no change")
    with session.engine_for(text) as engine:
        update.foresee(session, f"{title} (dry run)", engine, more={"dry_run": True})


class Run:
    """The second half of a move, once it is decided: from writing the file to the last word."""

    def __init__(self, session: Session, wanted: Move, file: StackFile, planned: Sequence[Plan]) -> None:
        self.session = session
        self.wanted = wanted
        self.before = file
        self.written = file
        self.planned = planned
        self.began = time.monotonic()
        self.receipts: dict[str, Receipt] = {}

    def make(self, text: str) -> Done:
        """Writes the file, runs the engine; on success freezes what is not live, on failure follows the host."""
        self.written = self.before.write(text)
        self.session.commits.intend(self.wanted.title, self.wanted.apps, wishes(self.planned))
        try:
            with gently(self.session.show), self.session.show.live():
                result = self.session.engine.up(self._event)
        except BaseException as error:
            with deaf():
                self._follow(error)
            raise
        settled = self._settled(result)
        asked = [plan for plan in self.planned if plan.app in self.wanted.apps]
        summary = self._summary(result, settled)
        self.session.commits.settle(self.wanted.title, outcomes(summary.apps))
        return Done(summary, asked, settled, self.receipts)

    def _settled(self, result: Result) -> dict[str, Rollout]:
        """Writes down what came of it. Raises Stop (pending): the traffic has moved, whatever the disk says."""
        try:
            settled = settle.freeze(self.written.now(), {plan.app: plan.after for plan in self.planned}, result)
            fingerprints.save(self.session.folder, self.session.settings, settled)
        except OSError as error:
            said = f"{self.wanted.title}: done, but it could not be written down: {refusals.told(error)}"
            raise Stop(f"{said}\nwhat is left is clean-up: `tandem up` finishes it", PENDING) from None
        sweep.sweep(self.session, result)
        return settled

    def _event(self, event: Event) -> None:
        if isinstance(event, StepDone) and event.detail and (receipt := receipts.read(event.detail)):
            self.receipts[receipt.app] = receipt
        self.session.show.event(event)

    def _follow(self, error: BaseException) -> None:
        """The file says what the host serves: as it was, or the new state where traffic has moved."""
        if self.wanted.undo and isinstance(error, EngineError | KeyboardInterrupt):
            self.wanted.undo(self.session, self.planned, self.receipts)
        after = aftermath.look(self.session, self.planned, self.receipts)
        after.put_back(self.before, self.written)
        result = error.result if isinstance(error, EngineError) and error.result else Result({}, {}, 0.0)
        summary = self._summary(result, after.now, releases=after.releases)
        unsaid = settle_failed(self.session, self.wanted.title, summary)
        if not isinstance(error, EngineError | KeyboardInterrupt | OSError):
            return  # a mistake in the program itself, which shows as such
        message = after.message(self.wanted.title, error, self.before.path.name)
        raise FailedRun("\n".join([message, *unsaid]), after.code(error), summary) from None

    def _summary(
        self, result: Result, now: Mapping[str, Rollout], releases: Mapping[str, str | None] | None = None
    ) -> Summary:
        said = releases if releases is not None else result.outputs.get("live", {})
        endpoints = result.outputs.get("endpoints", {})
        apps = [
            app_line(app, value, said.get(app), self.receipts.get(app), endpoints.get(app))
            for app, value in now.items()
            if app in self.wanted.apps
        ]
        seconds = time.monotonic() - self.began
        return Summary(self.wanted.title, self.session.engine.name, result.counts, seconds, apps)


def settle_failed(session: Session, title: str, summary: Summary) -> list[str]:
    """The same after a failure, which stays the first thing to say; what else went wrong comes behind it."""
    try:
        session.commits.settle(f"{title}: failed", outcomes(summary.apps))
    except Stop as stop:
        return [str(stop)]
    return []


def app_line(
    app: str, rollout: Rollout, release: str | None, receipt: Receipt | None = None, url: str | None = None
) -> AppLine:
    """One row of the summary."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    return AppLine(
        app=app,
        phase=rollout.phase,
        live=rollout.live,
        release=release,
        image=slot.image if slot else None,
        ready_ms=receipt.ready_ms if receipt and release else None,
        flip_ms=receipt.flip_ms if receipt and receipt.moved else None,
        url=url,
    )


def _planned(session: Session, wanted: Move, truth: Truth) -> list[Plan]:
    """The plans of the apps that were asked for, then those of others whose rollout this run changes on its way."""
    settings = session.settings
    busy = drains.busy(session, truth)
    asked = plans.make(settings, truth, wanted.apps, wanted.turn, drains.busy(session, truth, wanted.patience))
    others = [plans.as_ordered(settings, truth, app, busy) for app in settings.rollouts if app not in wanted.apps]
    kept = keeping.keep(session, truth, [*asked, *others], busy)
    return [plan for plan in kept if plan.app in wanted.apps or plan.after != plan.file]


def _new_text(session: Session, file: StackFile, planned: Sequence[Plan]) -> str:
    changed = {plan.app: plan.after for plan in planned if plan.after != plan.file}
    if not changed:
        return file.text
    session.check_rollouts(changed)
    return file.with_rollouts({app: as_entry(value) for app, value in changed.items()})
