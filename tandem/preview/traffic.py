"""What a plan means for the traffic of each app, from what its colours hold before and after. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from config import names
from config.rollout import COLOURS, Colour, Rollout, other
from tandem.says.summary import short_image

Kind = Literal["first", "takes over", "anew", "prepared", "canary", "given up", "off the air", "gone", "gone unserved"]


_WORDS: Mapping[Kind, str] = {
    "first": "{colour} is its first release{image}",
    "takes over": "{colour} takes over from {former}{image}",
    "anew": "a new release takes over on {colour}{image}; the former one goes once drained",
    "prepared": "{colour} is prepared{image}; {former} keeps the traffic",
    "canary": "{colour} gets {percent} % of the traffic{image}; {former} the rest",
    "given up": "{colour} goes{image}; {former} keeps the traffic",
    "off the air": "nothing serves it any more; {former} goes{image}",
    "gone": "leaves the stack; {former} serves it no more{image}",
    "gone unserved": "leaves the stack; nothing served it",
}
_LEFT = {"": "", "stays": "; {former} stays as the way back", "goes": "; {former} goes once drained"}


@dataclass(frozen=True)
class Held:
    """What a colour holds: the image, and the release where that is known."""

    image: str
    release: str | None = None

    def same(self, another: Held) -> bool:
        """Whether both are one release, as far as they say which."""
        return self.image == another.image and (
            None in (self.release, another.release) or self.release == another.release
        )


@dataclass(frozen=True)
class Stand:
    """How an app stands: the colour that is live, what each colour holds, the canary's percent (None = not known)."""

    live: Colour | None = None
    held: Mapping[Colour, Held] = field(default_factory=dict)
    canary: int | None = None


@dataclass(frozen=True)
class Move:
    """One app's move. `left`: what becomes of the release that was live: it stays as the way back, or goes."""

    app: str
    kind: Kind
    colour: str = ""
    image: str = ""
    former: str = ""
    left: Literal["", "stays", "goes"] = ""
    same_image: bool = False
    percent: int = 0

    def words(self, quoted: Callable[[str], str] = str) -> str:
        """`web: green takes over from blue: demo:2`; `quoted`: how names from users are set."""
        image = quoted(short_image(self.image)) if self.image else ""
        if self.same_image:
            image += ", the image it has, with other settings"
        said = _WORDS[self.kind].format(
            colour=self.colour, former=self.former, image=f": {image}" if image else "", percent=self.percent
        )
        return f"{quoted(self.app)}: {said}{_LEFT[self.left].format(former=self.former)}"


def by_outputs(outputs: Mapping[str, Any], rollouts: Mapping[str, Rollout] | None = None) -> dict[str, Stand]:
    """How the apps stand by the stack's outputs (docs/outputs.md); by the file's rollouts where those say nothing."""
    said = rollouts or {}
    live, releases = (_mapping(outputs.get(name)) for name in ("live", "releases"))
    found = {app: by_rollout(rollout) for app, rollout in said.items() if app not in releases}
    for app, told in releases.items():
        held = {colour: _held(told[colour]) for colour in COLOURS if isinstance(_mapping(told).get(colour), Mapping)}
        canary = (said[app].canary or 0) if app in said else None
        found[app] = Stand(_colour(live.get(app)), held, canary)
    return found


def by_rollout(rollout: Rollout) -> Stand:
    """How an app stands by the stack file."""
    slots = {colour: slot for colour in COLOURS if (slot := rollout.slot(colour)) is not None}
    held = {
        colour: Held(slot.image, names.release(colour, slot.frozen) if slot.frozen else None)
        for colour, slot in slots.items()
    }
    return Stand(rollout.live, held, rollout.canary or 0)


def moves(before: Mapping[str, Stand], after: Mapping[str, Stand], switched: Collection[str] = ()) -> list[Move]:
    """The moves of every app, by name. `switched`: apps whose switch would run; it decides where weights are not known.

    An app without a live release, before and after, has no traffic that could move.
    """
    return [move for app in sorted(before.keys() | after.keys()) for move in _of(app, before, after, switched)]


def _of(app: str, before: Mapping[str, Stand], after: Mapping[str, Stand], switched: Collection[str]) -> Iterator[Move]:
    was, now = before.get(app, Stand()), after.get(app)
    if now is None or now.live is None:
        if was.live:
            image = was.held[was.live].image if was.live in was.held else ""
            yield Move(app, "gone" if now is None else "off the air", image=image, former=was.live)
        elif now is None:
            yield Move(app, "gone unserved")
        return
    live = now.held.get(now.live, Held(""))
    if was.live is None:
        yield Move(app, "first", now.live, live.image)
    elif was.live != now.live:
        kept = was.live in now.held and now.held[was.live].same(was.held.get(was.live, Held("")))
        yield Move(app, "takes over", now.live, live.image, was.live, "stays" if kept else "goes")
    elif (former := was.held.get(was.live)) and not live.same(former):
        yield Move(app, "anew", now.live, live.image, same_image=live.image == former.image)
    yield from _standby(app, was, now, app in switched)


def _standby(app: str, was: Stand, now: Stand, switched: bool) -> Iterator[Move]:
    assert now.live is not None
    colour = other(now.live)
    held, former = now.held.get(colour), was.held.get(colour)
    if held is None:
        if former is not None and was.live == now.live:
            yield Move(app, "given up", colour, former.image, now.live)
        return
    new = was.live != colour and not (former and held.same(former))
    changed = was.canary != now.canary if was.canary is not None else new or switched
    if now.canary and changed:
        yield Move(app, "canary", colour, held.image, now.live, percent=now.canary)
    elif new:
        same_image = former is not None and former.image == held.image
        yield Move(app, "prepared", colour, held.image, now.live, same_image=same_image)


def _held(told: Mapping[str, Any]) -> Held:
    return Held(str(told.get("image", "")), str(told["release"]) if told.get("release") else None)


def _colour(release: Any) -> Colour | None:
    spelled = names.split_release(release)[0] if isinstance(release, str) else None
    return next((colour for colour in COLOURS if colour == spelled), None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
