"""Before a run that makes: the gate is asked where what is in Google Cloud may be about to change.

The engine refuses what would take something protected away, but one resource at a time: what goes along with a bucket
(rights, keys, accounts) is really deleted by then. And dev and staging protect nothing. A plan takes as long as a run
without changes, so it is made only when the ground was edited since the last good run, or nobody here knows.
"""

from __future__ import annotations

from collections.abc import Collection

from tandem.exits import FAILED, REFUSED, FailedRun
from tandem.hosts import arrival
from tandem.moves import fingerprints
from tandem.says.summary import Summary
from tandem.stack.session import Session


def ask(session: Session, title: str, allow: Collection[str] = ()) -> None:
    """Refuses what the gate does not let pass, before anything is changed; `allow`: but for these URNs or names.

    Raises FailedRun.
    """
    if session.kind != "gce" or fingerprints.same_ground(session.folder, session.settings):
        return

    from tandem.cloud import effects, review  # most runs do without
    from tandem.moves import update

    if not any(one.get("type") in effects.PROTECTED for one in arrival.resources(session)):
        return
    session.show.say("what is in Google Cloud may change: looking first at what the engine plans")
    with session.show.live():
        result, failure = update.planned(session, session.engine)
    seen = review.gated(session.settings, result.plan, review.as_said(allow), whole=failure is None)
    for line in seen.warnings:
        session.show.warn(line)
    summary = Summary(title, session.engine.name, {}, result.seconds, more=seen.as_json())
    if failure and not seen.explains(failure.failures):
        raise FailedRun("\n".join([f"{title}: nothing was changed: {failure}", *seen.refusals]), FAILED, summary)
    if seen.refusals:
        raise FailedRun("\n".join([f"{title}: refused, nothing was changed", *seen.refusals]), REFUSED, summary)
