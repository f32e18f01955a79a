"""After a failed run: what does the host serve now, and what must the stack file say?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.rollout import Rollout
from tandem.docker import DockerError
from tandem.engines import EngineError
from tandem.exits import FAILED, INTERRUPTED, PENDING, SWITCHED_OFF, Stop
from tandem.hosts.truth import Truth
from tandem.moves import plans
from tandem.moves.plans import Plan
from tandem.moves.receipts import Receipt
from tandem.says import refusals
from tandem.stack.session import Session, as_entry
from tandem.stack.stackfile import StackFile


@dataclass(frozen=True)
class Aftermath:
    """Per app: the rollout that tells the truth, whether its traffic moved, and the release that serves.

    `switched_off`: app → why, of those whose new release lost its traffic again by its verdict.
    """

    planned: Sequence[Plan]
    now: Mapping[str, Rollout]
    moved: Mapping[str, bool]
    releases: Mapping[str, str | None]
    switched_off: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether all traffic that was to move has moved, so that only clean-up is missing."""
        flips = [plan.app for plan in self.planned if plan.flips]
        return bool(flips) and all(self.moved[app] for app in flips)

    def put_back(self, before: StackFile, written: StackFile) -> None:
        """Byte for byte as it was, but for the apps whose truth is another; a meanwhile edited file keeps its edits."""
        entries = {plan.app: as_entry(self.now[plan.app]) for plan in self.planned if self.now[plan.app] != plan.file}
        if written.unchanged():
            before.write(before.with_rollouts(entries) if entries else before.text)
        else:
            current = written.now()
            current.write(current.with_rollouts({plan.app: as_entry(self.now[plan.app]) for plan in self.planned}))

    def message(self, title: str, error: BaseException, file_name: str) -> str:
        """The last word: why it failed, what serves, what comes next."""
        lines = [f"{title}: {reason(error)}"]
        for plan in self.planned:
            lines.append(self._line(plan))
        if self.complete:
            lines.append("what is left is clean-up: `tandem up` finishes it")
        else:
            lines.append(f"{file_name} says what is served; `tandem up` removes what the failed run left behind")
        return "\n".join(lines)

    def _line(self, plan: Plan) -> str:
        serves = self.releases[plan.app]
        if plan.app in self.switched_off:
            return f"{plan.app}: the new release was switched off: {self.switched_off[plan.app]}; {serves} serves again"
        if serves is None and plan.served is not None:
            return f"{plan.app}: nothing serves; {plan.served} did, and `tandem up` starts it again"
        return f"{plan.app}: {serves or 'nothing'} {'is live' if self.moved[plan.app] else 'serves, as before'}"

    def code(self, error: BaseException) -> int:
        """The exit code."""
        if self.switched_off:
            return SWITCHED_OFF
        return PENDING if self.complete else code(error)


def look(session: Session, planned: Sequence[Plan], receipts: Mapping[str, Receipt]) -> Aftermath:
    """Asks the host; where it cannot be asked, the switches' own receipts must do."""
    truth = truth_or_nothing(session)
    now: dict[str, Rollout] = {}
    moved: dict[str, bool] = {}
    for plan in planned:
        receipt = receipts.get(plan.app)
        now[plan.app], moved[plan.app] = plans.follow(plan, truth, bool(receipt and receipt.moved))
    releases = {plan.app: truth.live(plan.app, now[plan.app]) for plan in planned}
    return Aftermath(planned, now, moved, releases, dict(_switched_off(planned, truth, receipts)))


def _switched_off(planned: Sequence[Plan], truth: Truth, receipts: Mapping[str, Receipt]) -> Iterator[tuple[str, str]]:
    for plan in planned:
        receipt, watch = receipts.get(plan.app), truth.route(plan.app).watch
        reported = bool(receipt and receipt.moved)
        if plans.sent_back(plan.app, truth, reported) and watch and watch.verdict == "bad":
            yield plan.app, watch.why


def truth_or_nothing(session: Session) -> Truth:
    """What serves now; an empty truth, and a warning, where nobody answers."""
    try:
        return session.truth()
    except (DockerError, Stop) as error:
        session.show.warn(f"the host cannot be asked what it serves: {error}")
        return Truth()


def reason(error: BaseException) -> str:
    """Why a run ended, in a line: what the failed steps said was shown when they failed."""
    if isinstance(error, EngineError):
        failed = ", ".join(failure.name for failure in error.failures)
        return f"failed at {failed}" if failed else str(error)
    if isinstance(error, OSError):
        return refusals.told(error)
    return "interrupted"


def code(error: BaseException) -> int:
    """The exit code of a run that moved nothing; an engine's error may bring its own."""
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else int(getattr(error, "code", FAILED))
