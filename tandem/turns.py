"""What each move asks of one app's rollout: the words of a person turned into `config.rollout`'s pure moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config import rollout as moves
from config.rollout import Colour, MoveRefused, Rollout
from tandem import images, settle
from tandem.exits import usage
from tandem.moves import move
from tandem.plans import known
from tandem.session import Session

Hashes = Mapping[Colour, str]


def deploy(
    session: Session, wanted: Mapping[str, str], *, colour: Colour | None, skip_pull: bool, finalize: bool
) -> None:
    """Deploys an image per app, all in one update."""
    resolved = resolve(session, wanted, skip_pull=skip_pull)

    def turn(app: str, rollout: Rollout, hashes: Hashes) -> Rollout:
        image = resolved[app]
        alone = finalize or leaves_nothing_behind(session, app)
        rollout = thawed(session, app, rollout, image)
        if serves_already(rollout, image, colour):
            session.show.say(f"{app}: {rollout.live} serves this image already; nothing to swap")
            return moves.finalize(rollout) if alone and rollout.phase == "switched" else rollout
        if rollout.live and session.settings.apps[app].swap == "stop_first":
            session.show.warn(f"{app} stops before its new release starts (swap: stop_first); it is away in between")
        return moves.deploy(rollout, image, hashes=hashes, colour=colour, finalize=alone)

    move(session, title("deploy", wanted), list(wanted), turn)


def prepare(session: Session, wanted: Mapping[str, str], *, colour: Colour | None, skip_pull: bool) -> None:
    """Prepares an image per app, all in one update."""
    resolved = resolve(session, wanted, skip_pull=skip_pull)

    def turn(app: str, rollout: Rollout, hashes: Hashes) -> Rollout:
        if session.settings.apps[app].swap == "stop_first":
            raise MoveRefused("swap: stop_first allows one release at a time; next is deploy")
        return moves.prepare(rollout, resolved[app], hashes=hashes, colour=colour)

    move(session, title("prepare", wanted), list(wanted), turn)


def switch(session: Session, apps: Sequence[str], *, to: Colour | None) -> None:
    """Sends the traffic to what is prepared, or, with `to`, to that colour whatever the direction."""

    def turn(_app: str, rollout: Rollout, hashes: Hashes) -> Rollout:
        if to is None:
            return moves.switch(rollout, hashes=hashes)
        if rollout.live == to:
            return rollout
        if rollout.slot(to) is None:
            raise MoveRefused(f"cannot switch to {to}: nothing is on it; next is deploy or prepare")
        forward = rollout.phase in {"prepared", "canary"}
        return moves.switch(rollout, hashes=hashes) if forward else moves.rollback(rollout, hashes=hashes)

    move(session, title("switch", apps), apps, turn)


def finalize(session: Session, apps: Sequence[str]) -> None:
    """Gives up the way back."""
    move(session, title("finalize", apps), apps, lambda _app, rollout, _hashes: moves.finalize(rollout))


def cancel(session: Session, apps: Sequence[str]) -> None:
    """Gives up what is prepared."""
    move(session, title("cancel", apps), apps, lambda _app, rollout, _hashes: moves.cancel(rollout))


def rollback(session: Session, apps: Sequence[str]) -> None:
    """Undoes the last step."""
    move(session, title("rollback", apps), apps, lambda _app, rollout, hashes: moves.rollback(rollout, hashes=hashes))


def pairs(words: Sequence[str]) -> dict[str, str]:
    """`["web", "demo:2"]` or `["web=demo:2", "admin=demo:3"]` as app → image. Raises Stop (usage)."""
    expected = "expected `web demo:2`, or `web=demo:2 admin=demo:3`"
    if len(words) == 2 and "=" not in words[0] and "=" not in words[1]:
        return {words[0]: words[1]}
    found: dict[str, str] = {}
    for word in words:
        app, mark, image = word.partition("=")
        if not (app and mark and image):
            raise usage(f"{' '.join(words)}: {expected}")
        if app in found:
            raise usage(f"{app} is named twice; {expected}")
        found[app] = image
    return found


def colour(word: str | None) -> Colour | None:
    """A colour a person typed. Raises Stop (usage)."""
    if word is None:
        return None
    if word not in moves.COLOURS:
        raise usage(f"colour {word!r}: expected blue or green")
    return "blue" if word == "blue" else "green"


def resolve(session: Session, wanted: Mapping[str, str], *, skip_pull: bool) -> dict[str, str]:
    """Every image as a digest or an ID, before anything is locked or written."""
    for app in wanted:
        known(session.settings, app)
    return {
        app: images.resolve(image, session.docker, skip_pull=skip_pull, say=session.show.say)
        for app, image in wanted.items()
    }


def serves_already(rollout: Rollout, image: str, colour: Colour | None) -> bool:
    """Whether deploying `image` would change nothing: it is live, with today's settings, where it is wanted."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    return slot is not None and slot.image == image and slot.frozen is None and colour in (None, rollout.live)


def thawed(session: Session, app: str, rollout: Rollout, image: str) -> Rollout:
    """`rollout` with its live slot not frozen any more where `image` serves and the settings give what serves."""
    slot = rollout.slot(rollout.live) if rollout.live else None
    if slot is None or slot.image != image or slot.frozen is None:
        return rollout  # and no engine is asked, which takes a while where it is the CLI
    return settle.thawed(rollout, session.engine.outputs().get("releases", {}).get(app, {}))


def leaves_nothing_behind(session: Session, app: str) -> bool:
    """Whether the app keeps no warm standby: `standby: remove`, or only one release may run at a time."""
    section = session.settings.apps[app]
    return section.standby == "remove" or section.swap == "stop_first"


def title(verb: str, apps: Sequence[str] | Mapping[str, str]) -> str:
    """`deploy web, admin`."""
    return f"{verb} {', '.join(apps)}"
