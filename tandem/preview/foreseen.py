"""A preview by the stack's own engine, as a document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from tandem import exits
from tandem.engines import EngineError, Step
from tandem.moves import update
from tandem.preview import traffic
from tandem.preview.document import Document, Stack, changes, unchanged
from tandem.preview.traffic import Move
from tandem.stack.session import Session


def by_engine(session: Session, allow: Collection[str] = ()) -> Document:
    """What `up` would do. Raises Stop and EngineError where nothing can be planned at all."""
    settings = session.settings  # before an engine is asked: every mistake of the file at once
    seen = update.look(session, session.engine, allow)
    for line in seen.review.warnings:
        session.show.warn(line)
    _, code = seen.refusal("preview") or ("", exits.OK)
    plan = seen.result.plan
    return Document(
        stack=Stack(session.stack.project, session.stack.stack, session.engine.name, session.author.commit),
        exit=code,
        # What is refused is told resource by resource; only a failure has words of its own.
        error=str(seen.failure) if code == exits.FAILED else "",
        changes=changes(plan, seen.review.verdicts),
        unchanged=unchanged(plan),
        moves=_moves(_outputs(session), seen.result.outputs, settings.rollouts, plan),
        review=seen.review,
        seconds=seen.result.seconds,
    )


def switched(plan: Iterable[Step]) -> set[str]:
    """Apps whose switch would run."""
    return {
        step.name.removeprefix("switch-")
        for step in plan
        if step.name.startswith("switch-") and step.operation not in ("same", "delete")
    }


def _moves(
    before: Mapping[str, Any], after: Mapping[str, Any], rollouts: Mapping[str, Any], plan: Sequence[Step]
) -> list[Move]:
    stands = traffic.by_outputs(before)
    return traffic.moves(stands, traffic.by_outputs(after, rollouts), switched(plan))


def _outputs(session: Session) -> Mapping[str, Any]:
    """What the last good update wrote; nothing where there was none."""
    try:
        return session.engine.outputs()
    except EngineError:
        return {}
