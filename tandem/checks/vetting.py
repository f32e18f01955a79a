"""Is an image where it can be had, and for this machine? Asked of its registry, before anything is pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.registries import registry_of
from tandem.checks.finding import Finding, bad, good
from tandem.docker import DockerError, Image, platforms, pulls, registry
from tandem.docker.registry import Manifest
from tandem.exits import Stop
from tandem.says.summary import short_image

if TYPE_CHECKING:
    from tandem.stack.session import Session


def vet(session: Session, reference: str, image: Image | None) -> None:
    """Raises Stop where a pull would bring nothing, or nothing that runs there. `image`: where it is to be sent."""
    host = platforms.of_the_host(session.docker.info())
    where = session.supply.where
    finding = here(reference, image, host, where) if image else at_the_registry(session, reference, host)
    if finding and finding.level == "bad":
        raise Stop(finding.line(), finding.code)


def at_the_registry(session: Session, reference: str, host: str, users: str = "") -> Finding:
    """What the registry has under that name. `host`: the platform of the stack's machine; `users`: for whom."""
    where, place = session.supply.where, registry_of(reference)
    told = f" ({users})" if users else ""
    try:
        found = session.manifest(reference)
    except Stop as stop:
        return bad(subject(reference), str(stop), "", stop.code)
    except DockerError as error:
        said = registry.words(str(error))
        next_step = pulls.remedy(session, reference, error)
        return bad(subject(reference), f"is not on {where} and cannot be pulled: {said}{told}", next_step)
    if not platforms.any_runs(found.platforms, host):
        return _elsewhere(reference, ", ".join(found.platforms), where, host)
    return good(subject(reference), f"is pulled from {place} when it is needed{told}: {_shown(found)}")


def here(reference: str, image: Image, host: str, where: str) -> Finding | None:
    """What is wrong about an image that is on the machine, or on its way there."""
    return None if platforms.runs(image.platform, host) else _elsewhere(reference, image.platform, where, host)


def subject(reference: str) -> str:
    """What a finding about an image is called."""
    return f"image {short_image(reference)}"


def _elsewhere(reference: str, said: str, where: str, host: str) -> Finding:
    remedy = f"Build it for {host}: `docker build --platform {host} …`; or --no-check, where it is emulated"
    return bad(subject(reference), f"is for {said}, and {where} is {host}", remedy)


def _shown(found: Manifest) -> str:
    return short_image(found.digest) + (f", {', '.join(found.platforms)}" if found.platforms else "")
