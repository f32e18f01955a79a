"""From what a person types (`demo:2`) to what a stack file says: a digest or an image ID, never a bare tag.

A tag can be moved while the stack file stays; a digest names one image for ever, so a rollback brings back what ran.
"""

from __future__ import annotations

from collections.abc import Callable

from tandem.docker import Docker, DockerError, Image
from tandem.exits import environment, usage

PULL_LIMIT = 300.0
"""Seconds a pull may take."""


def resolve(reference: str, docker: Docker, *, skip_pull: bool, say: Callable[[str], None]) -> str:
    """`repo@sha256:…` when a registry knows the local image under that repository, else its ID `sha256:…`."""
    if not reference or any(mark.isspace() for mark in reference):
        raise usage(f"image {reference!r}: expected a reference such as demo:2 or ghcr.io/acme/web@sha256:…")
    image = docker.image(reference) or _pulled(reference, docker, skip_pull=skip_pull, say=say)
    if "@sha256:" in reference or reference.startswith("sha256:"):
        return reference if "@" in reference else image.id
    return _digest_of(repository(reference), image) or image.id


def repository(reference: str) -> str:
    """`docker.io/library/demo:2` as `demo`: the spelling Docker uses in its digests."""
    name = reference.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    name = head + slash + tail.partition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/")


def _digest_of(repo: str, image: Image) -> str | None:
    return next((digest for digest in image.digests if repository(digest) == repo), None)


def _pulled(reference: str, docker: Docker, *, skip_pull: bool, say: Callable[[str], None]) -> Image:
    if reference.startswith("sha256:"):
        raise environment(f"image {reference} is not on this machine, and an image ID cannot be pulled; build it first")
    if skip_pull:
        raise environment(f"image {reference} is not on this machine and --skip-pull is given; build it, or pull it")
    say(f"{reference} is not on this machine: pulling (limit {PULL_LIMIT:g} s)")
    try:
        docker.pull(reference, PULL_LIMIT)
    except DockerError as error:
        raise environment(
            f"image {reference} is not on this machine and cannot be pulled: {error}\n"
            f"Build it (`docker build -t {reference} .`), log in (`docker login`), or check the spelling"
        ) from None
    image = docker.image(reference)
    if image is None:
        raise environment(f"image {reference} was pulled but Docker does not list it; try `docker pull {reference}`")
    return image
