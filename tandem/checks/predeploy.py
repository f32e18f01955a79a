"""What only a deploy asks before anything else, and `--no-check` leaves out: what a person may know better.

What would make an update fail half-way is asked by every move (`before.py`), with or without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from tandem.checks import secrets, tree
from tandem.checks.finding import Finding, exit_code
from tandem.exits import Stop
from tandem.stack.session import Session


def check(session: Session) -> None:
    """Warns of what somebody can do something about. Raises Stop with all that is bad; nothing is touched before."""
    if not session.checked:
        return
    found = list(findings(session, datetime.now(UTC).date()))
    for finding in found:
        if finding.level == "note" and finding.remedy:
            session.show.warn(finding.line())
    bad = [finding for finding in found if finding.level == "bad"]
    if bad:
        said = [f"{finding.subject}: {finding.found}" for finding in bad]
        remedies = dict.fromkeys(finding.remedy for finding in bad)
        ways = [*(remedy for remedy in remedies if remedy), "Nothing was changed; --no-check deploys all the same"]
        raise Stop("\n".join([*said, *ways]), exit_code(bad))


def findings(session: Session, today: date) -> Iterator[Finding]:
    """What can be told at once and without asking anybody: the calendar of secrets, and the checkout."""
    for one in secrets.named(session):
        yield from secrets.ages(one, today, one.said.rotated)
    yield from tree.findings(session.stack.directory)
