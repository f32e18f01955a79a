"""From what a person types (`demo:2`) to what a stack file says: a digest or an image ID, never a bare tag.

A tag can be moved while the stack file stays; a digest names one image for ever, so a rollback brings back what ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tandem.docker import Docker, DockerError, Image
from tandem.exits import environment, usage

Pull = Callable[[str], None]
"""Pulls an image on the host, as who the stack is to its registry. Raises Stop."""

Vet = Callable[[str, Image | None], None]
"""Looks at an image before it is sent, or asks its registry before it is pulled. Raises Stop where it is of no use."""

Send = Callable[[str, Image], None]
"""Brings an image of this machine's Docker to the host, under the name by which it is asked for."""


@dataclass(frozen=True)
class Supply:
    """Where images come from: the host's Docker pulls; what only this machine has is sent to a host elsewhere."""

    docker: Docker
    """The host's."""
    pull: Pull
    where: str = "this machine"
    local: Docker | None = None
    """This machine's, where the host is another; None also where this machine has none."""
    send: Send | None = None
    vet: Vet | None = None

    def mine(self, reference: str) -> Image | None:
        """The image as this machine knows it, where the host is another one."""
        if self.local is None:
            return None
        try:
            return self.local.image(reference)
        except DockerError:
            return None  # a machine without Docker may deploy all the same

    def bring(self, reference: str, image: Image) -> None:
        """Sends it, and makes sure that the host has what this machine has. Raises Stop."""
        assert self.send is not None
        self.send(reference, image)
        if self.docker.image(image.id) is None:
            raise environment(
                f"image {reference} arrived at {self.where} as another one than {image.id}: the two Dockers keep "
                f"images in different ways; push it to a registry that both know"
            )


def resolve(reference: str, supply: Supply, *, skip_pull: bool, say: Callable[[str], None]) -> str:
    """`repo@sha256:…` when a registry knows the image under that repository, else its ID `sha256:…`.

    A name means what it means on this machine; only where it means nothing here, what it means on the host.
    """
    if not reference or any(mark.isspace() for mark in reference):
        raise usage(f"image {reference!r}: expected a reference such as demo:2 or ghcr.io/acme/web@sha256:…")
    mine = supply.mine(reference)
    if mine is not None:
        known = reference if "@" in reference else _digest_of(repository(reference), mine)
        if known is None:
            return _brought(reference, mine, supply, skip_pull=skip_pull)
        reference = known  # a registry has it: the host gets it from there
    image = supply.docker.image(reference) or _pulled(reference, supply, skip_pull=skip_pull, say=say)
    return pinned(reference, image)


def is_pinned(reference: str) -> bool:
    """Whether a reference can never mean anything else."""
    return "@sha256:" in reference or reference.startswith("sha256:")


def pinned(reference: str, image: Image) -> str:
    """What a reference means today: a digest, or the image's ID where no registry knows it."""
    if is_pinned(reference):
        return reference if "@" in reference else image.id
    return _digest_of(repository(reference), image) or image.id


def supply_missing(images: Iterable[str], supply: Supply) -> None:
    """Sends what the host lacks and this machine has, of images that a stack file names. Pulls nothing."""
    if supply.local is None:
        return
    for reference in images:
        if supply.docker.image(reference) is None and (image := supply.mine(reference)) is not None:
            supply.bring(reference, image)


def repository(reference: str) -> str:
    """`docker.io/library/demo:2` as `demo`: the spelling Docker uses in its digests."""
    name = reference.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    name = head + slash + tail.partition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/")


def _brought(reference: str, image: Image, supply: Supply, *, skip_pull: bool) -> str:
    """The ID of an image that only this machine has, which is on the host then."""
    if supply.docker.image(image.id) is None:
        if skip_pull:
            raise environment(
                f"image {reference} is not on {supply.where} and --skip-pull is given; without it, it is sent"
            )
        if supply.vet:
            supply.vet(reference, image)
        supply.bring(reference, image)
    return image.id


def _digest_of(repo: str, image: Image) -> str | None:
    return next((digest for digest in image.digests if repository(digest) == repo), None)


def _pulled(reference: str, supply: Supply, *, skip_pull: bool, say: Callable[[str], None]) -> Image:
    where = supply.where
    if reference.startswith("sha256:"):
        raise environment(f"image {reference} is not on {where}, and an image ID cannot be pulled; build it first")
    if skip_pull:
        raise environment(f"image {reference} is not on {where} and --skip-pull is given; build it, or pull it")
    if supply.vet:
        supply.vet(reference, None)
    say(f"{reference} is not on {where}: pulling")
    supply.pull(reference)
    image = supply.docker.image(reference)
    if image is None:
        raise environment(f"image {reference} was pulled but Docker does not list it; try `docker pull {reference}`")
    return image
