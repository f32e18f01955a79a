"""What each move asks of one app's rollout: the words of a person turned into `config.rollout`'s pure moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config import rollout as moves
from config.rollout import Colour, MoveRefused, Rollout
from tandem.checks import predeploy
from tandem.docker import images
from tandem.moves import drains, verdict
from tandem.moves.plans import Seen, known
from tandem.moves.story import Done, Move, carry_out, move
from tandem.says.words import title
from tandem.stack.session import Session


def prepare(session: Session, wanted: Mapping[str, str], *, colour: Colour | None, skip_pull: bool) -> None:
    """Prepares an image per app, all in one update."""
    predeploy.check(session)
    resolved = resolve(session, wanted, skip_pull=skip_pull)

    def turn(app: str, rollout: Rollout, seen: Seen) -> Rollout:
        if session.settings.apps[app].swap == "stop_first":
            raise MoveRefused("swap: stop_first allows one release at a time; next is deploy")
        return moves.prepare(rollout, resolved[app], hashes=seen.hashes, colour=colour, busy=seen.busy)

    move(session, Move(title("prepare", wanted), list(wanted), turn))


def canary(session: Session, app: str, percent: int, *, force: str | None) -> None:
    """Sends a part of the traffic to what is prepared; 0 ends that."""
    words = f"canary {app} {percent}"
    move(session, Move(words, [app], lambda _app, rollout, _seen: moves.canary(rollout, percent), force=force))


def switch(session: Session, apps: Sequence[str], *, to: Colour | None, force: str | None = None) -> None:
    """Sends the traffic to what is prepared, or, with `to`, to that colour whatever the direction."""

    def turn(_app: str, rollout: Rollout, seen: Seen) -> Rollout:
        if to is None:
            return moves.switch(rollout, hashes=seen.hashes)
        if rollout.live == to:
            return rollout
        if rollout.slot(to) is None:
            raise MoveRefused(f"cannot switch to {to}: nothing is on it; next is deploy or prepare")
        forward = rollout.phase in {"prepared", "canary"}
        return (moves.switch if forward else moves.rollback)(rollout, hashes=seen.hashes)

    move(session, Move(title("switch", apps), apps, turn, force=force))


def finalize(session: Session, apps: Sequence[str]) -> None:
    """Gives up the way back, once its successor is judged good; a bad verdict keeps it instead (exit 7)."""
    for app in apps:
        known(session.settings, app)
    words = title("finalize", apps)
    if not session.options.dry_run:
        verdict.before_giving_up(session, words, apps)
    done = carry_out(session, finalizing(words, apps))
    if done is not None:
        leftovers(session, done)
        session.show.end(done.summary)


def finalizing(words: str, apps: Sequence[str]) -> Move:
    """The move itself: ordinary requests end within seconds, streams make a draining release of the way back."""

    def turn(_app: str, rollout: Rollout, seen: Seen) -> Rollout:
        return moves.finalize(rollout, hashes=seen.hashes, busy=seen.busy)

    return Move(words, apps, turn, patience=drains.PATIENCE)


def cancel(session: Session, apps: Sequence[str]) -> None:
    """Gives up what is prepared."""

    def turn(_app: str, rollout: Rollout, seen: Seen) -> Rollout:
        return moves.cancel(rollout, hashes=seen.hashes, busy=seen.busy)

    move(session, Move(title("cancel", apps), apps, turn))


def rollback(session: Session, apps: Sequence[str], *, force: str | None = None) -> None:
    """Undoes the last step."""

    def turn(_app: str, rollout: Rollout, seen: Seen) -> Rollout:
        return moves.rollback(rollout, hashes=seen.hashes, busy=seen.busy)

    move(session, Move(title("rollback", apps), apps, turn, force=force))


def leftovers(session: Session, done: Done) -> None:
    """Says what still drains after a move, until when, and what removes it."""
    draining = {app: rollout for app, rollout in done.now.items() if rollout.draining}
    if not draining:
        return
    truth = session.truth()
    for app, rollout in draining.items():
        for line in drains.leftovers(session, app, rollout, truth):
            session.show.say(line)


def resolve(session: Session, wanted: Mapping[str, str], *, skip_pull: bool) -> dict[str, str]:
    """Every image as a digest or an ID, before anything is locked or written."""
    for app in wanted:
        known(session.settings, app)
    session.may_send = not skip_pull
    return {
        app: images.resolve(image, session.supply, skip_pull=skip_pull, say=session.show.say)
        for app, image in wanted.items()
    }
