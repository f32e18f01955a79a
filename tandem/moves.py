"""The story of a move: lock, read, ask the host, decide, write, run the engine, and let the file follow the host."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from config.rollout import Rollout
from tandem import plans, receipts, settle, sweep
from tandem.checks import before
from tandem.docker import DockerError
from tandem.engines import EngineError, Event, Result, StepDone
from tandem.exits import FAILED, INTERRUPTED, PENDING, FailedRun, Stop
from tandem.interrupt import gently
from tandem.plans import Plan, Turn
from tandem.progress import AppLine, Summary
from tandem.receipts import Receipt
from tandem.session import Session, as_entry
from tandem.stackfile import StackFile
from tandem.truth import Truth


def move(session: Session, title: str, apps: Sequence[str], turn: Turn) -> None:
    """Makes one move on `apps` in one update, and says how it ended. Raises Stop or FailedRun."""
    with session.alone(title):
        file = StackFile.read(session.stack.file)
        before.update(session)
        truth = session.truth()
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
        except (EngineError, KeyboardInterrupt) as error:
            self._follow(error)
        settled = settle.freeze(self.written.now(), {plan.app: plan.after for plan in self.planned}, result)
        sweep.sweep(self.session, result)
        self.session.show.end(self._summary(result, settled))

    def _event(self, event: Event) -> None:
        if isinstance(event, StepDone) and event.detail and (receipt := receipts.read(event.detail)):
            self.receipts[receipt.app] = receipt
        self.session.show.event(event)

    def _follow(self, error: EngineError | KeyboardInterrupt) -> None:
        """The file says what the host serves: as it was, or the new state where traffic has moved. Always raises."""
        truth = self._truth()
        now: dict[str, Rollout] = {}
        moved: dict[str, bool] = {}
        for plan in self.planned:
            receipt = self.receipts.get(plan.app)
            now[plan.app], moved[plan.app] = plans.follow(plan, truth, bool(receipt and receipt.moved))
        self._put_back(now)
        flips = [plan.app for plan in self.planned if plan.flips]
        complete = bool(flips) and all(moved[app] for app in flips)
        result = error.result if isinstance(error, EngineError) and error.result else Result({}, {}, 0.0)
        releases = {plan.app: truth.live(plan.app, now[plan.app]) for plan in self.planned}
        summary = self._summary(result, now, releases=releases)
        message = self._message(error, moved, releases, complete=complete)
        raise FailedRun(message, _code(error, complete=complete), summary) from None

    def _truth(self) -> Truth:
        """What serves now; where nobody can be asked, the switches' own receipts must do."""
        try:
            return self.session.truth()
        except (DockerError, Stop) as error:
            self.session.show.warn(f"the host cannot be asked what it serves: {error}")
            return Truth()

    def _put_back(self, now: Mapping[str, Rollout]) -> None:
        """Byte for byte as it was, but for the apps whose truth is another; a meanwhile edited file keeps its edits."""
        entries = {plan.app: as_entry(now[plan.app]) for plan in self.planned if now[plan.app] != plan.file}
        if self.written.unchanged():
            self.before.write(self.before.with_rollouts(entries) if entries else self.before.text)
        else:
            current = self.written.now()
            current.write(current.with_rollouts({plan.app: as_entry(now[plan.app]) for plan in self.planned}))

    def _message(
        self, error: BaseException, moved: Mapping[str, bool], releases: Mapping[str, str | None], *, complete: bool
    ) -> str:
        lines = [f"{self.title}: {reason(error)}"]
        for plan in self.planned:
            served = releases[plan.app] or "nothing"
            state = "is live" if moved[plan.app] else "serves, as before"
            lines.append(f"{plan.app}: {served} {state}")
        if complete:
            lines.append("what is left is clean-up: `tandem up` finishes it")
        else:
            lines.append(
                f"{self.before.path.name} says what is served; `tandem up` removes what the failed run left behind"
            )
        return "\n".join(lines)

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


def reason(error: BaseException) -> str:
    """Why a run ended, in a line: what the failed steps said was shown when they failed."""
    if isinstance(error, EngineError):
        failed = ", ".join(failure.name for failure in error.failures)
        return f"failed at {failed}" if failed else str(error)
    return "interrupted"


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


def _code(error: BaseException, *, complete: bool) -> int:
    if complete:
        return PENDING
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED
