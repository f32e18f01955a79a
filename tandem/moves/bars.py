"""Barred releases: what a verdict or `rollback --now` switched off gets no traffic unless a person says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from config.rollout import Colour
from tandem.exits import environment, refused
from tandem.hosts.routing import Bar
from tandem.hosts.truth import Truth
from tandem.moves.plans import Plan
from tandem.says.summary import short_image
from tandem.stack.session import Session

PARDON_LIMIT = 20.0


def check(planned: Sequence[Plan], truth: Truth, force: str | None) -> list[tuple[str, Bar]]:
    """(app, bar) of every barred release that would get traffic. Raises Stop (refused) without a reason to `force`."""
    found = [(plan.app, bar) for plan in planned for bar in hit(plan, truth)]
    if found and force is None:
        raise refused("\n".join(refusal(app, bar, truth.route(app).live) for app, bar in found))
    return found


def pardon(session: Session, found: Iterable[tuple[str, Bar]], why: str) -> None:
    """Takes the bars away on the host, which notes who did it and why. Raises Stop when it does not."""
    for app, bar in found:
        said = session.host.script("pardon", app, bar.image or bar.hash8, why, limit=PARDON_LIMIT)
        if said.returncode != 0:
            raise environment(f"pardon {app}: {said.stderr.strip() or f'exit code {said.returncode}'}")
        session.show.warn(f"{app}: {named(bar)} may get traffic again: {why}")


def hit(plan: Plan, truth: Truth) -> Iterator[Bar]:
    """The bars against what would newly get traffic."""
    for colour in newly_served(plan):
        slot = plan.after.slot(colour)
        bar = truth.route(plan.app).bar(slot.image if slot else None, plan.hash8(colour))
        if bar is not None:
            yield bar


def newly_served(plan: Plan) -> Iterator[Colour]:
    """Colours that get traffic they did not have: the live one after a flip, the standby as its canary grows."""
    if plan.flips and plan.after.live:
        yield plan.after.live
    if (plan.after.canary or 0) > (plan.adopted.canary or 0) and plan.after.standby_colour:
        yield plan.after.standby_colour


def refusal(app: str, bar: Bar, serves: str | None) -> str:
    """Since when, why, and what --force needs."""
    return (
        f"{app}: {named(bar)} is barred since {bar.at}: {bar.why}; {serves or 'nothing'} serves, as before. "
        f"To give it traffic all the same, say why it may: --force 'the database was down'"
    )


def named(bar: Bar) -> str:
    """The image, or the release where its settings are to blame."""
    return short_image(bar.image) if bar.image else f"the release with hash {bar.hash8}"
