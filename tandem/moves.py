"""The story of a move: lock, read, ask the host, decide, write, run the engine, and let the file follow the host."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from config.rollout import Rollout
from tandem import aftermath, plans, receipts, revive, settle, sweep
from tandem.checks import before
from tandem.engines import EngineError, Event, Result, StepDone
from tandem.exits import FailedRun
from tandem.interrupt import deaf, gently
from tandem.plans import Plan, Turn
from tandem.progress import AppLine, Summary
from tandem.receipts import Receipt
from tandem.session import Session, as_entry
from tandem.stackfile import StackFile


def move(session: Session, title: str, apps: Sequence[str], turn: Turn) -> None:
    """Makes one move on `apps` in one update, and says how it ended. Raises Stop or FailedRun."""
    with session.alone(title):
        file = StackFile.read(session.stack.file)
        before.update(session)
        truth = session.truth() if session.options.dry_run else revive.revive(session, session.truth())
        planned = plans.make(session.settings, truth, apps, turn)
        text = _new_text(session, file, planned)
        if session.options.dry_run:
            rehearse(session, title, file, text)
            return
        Run(session, title, file, planned).make(text)


def rehearse(session: Session, title: str, file: StackFile, text: str) -> None:
    """Shows what a move would change, in the file and on the host; changes nothing."""
    session.show.say(file.diff(text) or f"{file.path.name}: no change")
    with session.engine_for(text) as engine, session.show.live():
        result = engine.preview(session.show.event)
    session.show.end(Summary(f"{title} (dry run)", engine.name, result.counts, result.seconds, more={"dry_run": True}))


class Run:
    """The second half of a move, once it is decided: from writing the file to the last word."""

    def __init__(self, session: Session, title: str, file: StackFile, planned: Sequence[Plan]) -> None:
        self.session = session
        self.title = title
        self.before = file
        self.written = file
        self.planned = planned
        self.began = time.monotonic()
        self.receipts: dict[str, Receipt] = {}

    def make(self, text: str) -> None:
        """Writes the file, runs the engine; on success freezes what is not live, on failure follows the host."""
        self.written = self.before.write(text)
        try:
            with gently(self.session.show), self.session.show.live():
                result = self.session.engine.up(self._event)
        except BaseException as error:
            with deaf():
                self._follow(error)
            raise
        settled = settle.freeze(self.written.now(), {plan.app: plan.after for plan in self.planned}, result)
        sweep.sweep(self.session, result)
        self.session.show.end(self._summary(result, settled))

    def _event(self, event: Event) -> None:
        if isinstance(event, StepDone) and event.detail and (receipt := receipts.read(event.detail)):
            self.receipts[receipt.app] = receipt
        self.session.show.event(event)

    def _follow(self, error: BaseException) -> None:
        """The file says what the host serves: as it was, or the new state where traffic has moved."""
        after = aftermath.look(self.session, self.planned, self.receipts)
        after.put_back(self.before, self.written)
        if not isinstance(error, EngineError | KeyboardInterrupt):
            return  # a mistake in the program itself, which shows as such
        result = error.result if isinstance(error, EngineError) and error.result else Result({}, {}, 0.0)
        summary = self._summary(result, after.now, releases=after.releases)
        message = after.message(self.title, error, self.before.path.name)
        raise FailedRun(message, after.code(error), summary) from None

    def _summary(
        self, result: Result, now: Mapping[str, Rollout], releases: Mapping[str, str | None] | None = None
    ) -> Summary:
        said = releases if releases is not None else result.outputs.get("live", {})
        endpoints = result.outputs.get("endpoints", {})
        apps = [
            app_line(app, value, said.get(app), self.receipts.get(app), endpoints.get(app))
            for app, value in now.items()
        ]
        return Summary(self.title, self.session.engine.name, result.counts, time.monotonic() - self.began, apps)


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
        ready_ms=receipt.ready_ms if receipt else None,
        flip_ms=receipt.flip_ms if receipt and receipt.moved else None,
        url=url,
    )


def _new_text(session: Session, file: StackFile, planned: Sequence[Plan]) -> str:
    changed = {plan.app: plan.after for plan in planned if plan.after != plan.file}
    if not changed:
        return file.text
    session.check_rollouts(changed)
    return file.with_rollouts({app: as_entry(value) for app, value in changed.items()})
