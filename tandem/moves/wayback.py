"""`rollback`: undoes the last step by an update, or, where the stack may not be updated at all, on the host alone.

In an incident the traffic must go back. A stack file that another edit made wrong, a plan that the gate refuses, a
missing secret of another app say nothing against the release that stands by: `docs/decisions/0016`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tandem.exits import BUSY, ENVIRONMENT, FAILED, PENDING, REFUSED, USAGE, FailedRun, Stop
from tandem.moves import emergency, turns
from tandem.says.words import title
from tandem.stack.session import Session


def rollback(session: Session, apps: Sequence[str], *, force: str | None = None) -> None:
    """Undoes the last step. Raises Stop or FailedRun; PENDING after it moved the traffic on the host alone."""
    words = title("rollback", apps)
    now = f"next: tandem {title('rollback --now', apps).replace(',', '')} moves the traffic on the host alone"
    try:
        turns.rollback(session, apps, force=force)
    except Stop as stop:
        if stop.code == BUSY:
            raise Stop(f"{stop}\n{now}", stop.code) from None
        if session.options.dry_run or not is_of_the_stack(session, stop):
            raise
        on_the_host(session, apps, words, str(stop), stop.code)
    except FailedRun as failed:
        if failed.code == FAILED:
            raise FailedRun(f"{failed}\n{now}", failed.code, failed.summary) from None
        if session.options.dry_run or failed.code != REFUSED:
            raise
        on_the_host(session, apps, words, str(failed), failed.code)


def is_of_the_stack(session: Session, stop: Stop) -> bool:
    """Whether a refusal is of the stack as a whole, and not of this move or this command."""
    if stop.code == ENVIRONMENT:
        return True
    if stop.code != USAGE:
        return False
    try:
        _ = session.settings
    except Stop:
        return True
    return False


def on_the_host(session: Session, apps: Sequence[str], words: str, why: str, code: int) -> None:
    """As `rollback --now` does it. Raises FailedRun: PENDING where the traffic is back, as the engine is behind."""
    session.show.warn(f"{words}: no update of this stack is possible: {why}")
    session.show.say("so the traffic goes back on the host alone, as by `rollback --now`")
    try:
        summary = emergency.flip(session, apps, words)
    except Stop as stop:
        raise Stop(f"{why}\n{stop}", code) from None
    raise FailedRun(
        f"{words}: the traffic is back, nothing else changed. Next: mend what is named above, then `tandem up`",
        PENDING,
        summary,
    )
