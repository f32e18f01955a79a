"""Are the images there that the stack file names, and do they run on its machine?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from config.rollout import COLOURS
from config.settings import Settings
from tandem.checks import vetting
from tandem.checks.finding import Finding, bad, good, note
from tandem.checks.vetting import subject
from tandem.docker import Image, platforms
from tandem.docker.images import Supply, is_pinned, pinned
from tandem.exits import Stop
from tandem.hosts.truth import Truth
from tandem.moves.plans import Plan
from tandem.says.summary import short_image

if TYPE_CHECKING:
    from tandem.stack.session import Session


def gateway(settings: Settings, supply: Supply) -> Finding:
    """Whether the gateway's image is there, or can at least be brought."""
    image = settings.images.gateway
    if supply.docker.image(image) is not None:
        return good(subject(image), f"on {supply.where} (the gateway)")
    if supply.mine(image) is not None:
        return note(subject(image), f"is not on {supply.where} (the gateway); it is sent when it is needed")
    if "gateway" not in settings.images.model_fields_set:
        remedy = "Build it: `make up` does, and goes on from there"
        return bad(subject(image), f"is not on {supply.where} (the gateway)", remedy)
    return note(subject(image), f"is not on {supply.where} (the gateway); it is pulled when it is needed")


def named(session: Session, wanted: Mapping[str, str], info: Mapping[str, Any]) -> Iterator[Finding]:
    """One finding per image. `wanted`: image → who uses it; `info`: what the host's Docker says of itself."""
    host = platforms.of_the_host(info)
    return (_one(session, reference, users, host) for reference, users in wanted.items())


def wanted(settings: Settings) -> dict[str, str]:
    """Image → who uses it, for example `web blue, admin green`."""
    users: dict[str, list[str]] = {}
    for app, rollout in settings.rollouts.items():
        for colour in COLOURS:
            slot = rollout.slot(colour)
            if slot is not None:
                users.setdefault(slot.image, []).append(f"{app} {colour}")
    return {image: ", ".join(names) for image, names in users.items()}


def users(images: Mapping[str, str]) -> dict[str, str]:
    """The same of apps and what they are to run."""
    found: dict[str, list[str]] = {}
    for app, image in images.items():
        found.setdefault(image, []).append(app)
    return {image: ", ".join(apps) for image, apps in found.items()}


def check(session: Session, planned: Sequence[Plan], truth: Truth, info: Mapping[str, Any]) -> None:
    """Raises Stop where a release that a run is to make would have no image, or none that runs there."""
    for image in dict.fromkeys(image for plan in planned for image in _made(plan, truth)):
        finding = _one(session, image, "", platforms.of_the_host(info))
        if finding.level == "bad":
            raise Stop(finding.line(), finding.code)


def _made(plan: Plan, truth: Truth) -> Iterator[str]:
    """Images of which a colour has no container yet. What has one needs its image no more than it did."""
    there = {(box.colour, box.image) for box in truth.of_app(plan.app)}
    for colour in COLOURS:
        slot = plan.after.slot(colour)
        if slot is not None and slot.frozen is None and (colour, slot.image) not in there:
            yield slot.image


def _one(session: Session, reference: str, users: str, host: str) -> Finding:
    supply, told = session.supply, f" ({users})" if users else ""
    there = supply.docker.image(reference)
    image = there or supply.mine(reference)
    if image is not None:
        return vetting.here(reference, image, host, supply.where) or _had(
            reference, image, f"{supply.where}{told}", sent=there is None
        )
    if reference.startswith("sha256:"):
        remedy = "An image ID cannot be pulled: build it, then `tandem deploy` it by its tag"
        return bad(subject(reference), f"is not on {supply.where}{told}", remedy)
    return vetting.at_the_registry(session, reference, host, users)


def _had(reference: str, image: Image, where: str, *, sent: bool) -> Finding:
    platform = f", {image.platform}" if image.platform else ""
    if not is_pinned(reference):
        remedy = "A tag may mean another image tomorrow: `tandem deploy` writes what it means today"
        return note(subject(reference), f"on {where}{platform}, as {short_image(pinned(reference, image))}", remedy)
    if sent:
        return note(subject(reference), f"is not on {where}{platform}; it is sent when it is needed")
    return good(subject(reference), f"on {where}{platform}")
