"""Are the images there that the stack file names?"""

from __future__ import annotations

from collections.abc import Iterator

from config.rollout import COLOURS
from config.settings import Settings
from tandem.checks.finding import Finding, bad, good, note
from tandem.images import Supply
from tandem.progress import short_image


def gateway(settings: Settings, supply: Supply) -> Finding:
    """Whether the gateway's image is there, or can at least be brought."""
    image = settings.images.gateway
    subject = f"image {short_image(image)}"
    if supply.docker.image(image) is not None:
        return good(subject, f"on {supply.where} (the gateway)")
    if supply.mine(image) is not None:
        return note(subject, f"is not on {supply.where} (the gateway); it is sent when it is needed")
    if "gateway" not in settings.images.model_fields_set:
        remedy = "Build it: `make up` does, and goes on from there"
        return bad(subject, f"is not on {supply.where} (the gateway)", remedy)
    return note(subject, f"is not on {supply.where} (the gateway); it is pulled when it is needed")


def named(settings: Settings, supply: Supply) -> Iterator[Finding]:
    """One finding per image of a rollout."""
    for image, users in wanted(settings).items():
        subject = f"image {short_image(image)}"
        if supply.docker.image(image) is not None:
            yield good(subject, f"on {supply.where} ({users})")
        elif supply.mine(image) is not None:
            yield note(subject, f"is not on {supply.where} ({users}); it is sent when it is needed")
        elif image.startswith("sha256:"):
            remedy = "An image ID cannot be pulled: build it, then `tandem deploy` it by its tag"
            yield bad(subject, f"is not on {supply.where} ({users})", remedy)
        else:
            yield note(subject, f"is not on {supply.where} ({users}); it is pulled when it is needed")


def wanted(settings: Settings) -> dict[str, str]:
    """Image → who uses it, for example `web blue, admin green`."""
    users: dict[str, list[str]] = {}
    for app, rollout in settings.rollouts.items():
        for colour in COLOURS:
            slot = rollout.slot(colour)
            if slot is not None:
                users.setdefault(slot.image, []).append(f"{app} {colour}")
    return {image: ", ".join(names) for image, names in users.items()}
