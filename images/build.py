"""`python -m images.build`: every image of this project, built unless it is there.

Safe to kill at any point: an image gets its tags last. Two runs at once wait for each other.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from config.names import ROOT
from images import plan
from images.base.choice import bases
from images.daemon import BuildError, Daemon
from images.progress import Progress

LOCK = ROOT / ".tandem" / "images.lock"


def ensure(wanted: Sequence[plan.Image] | None = None, progress: Progress | None = None) -> dict[str, str]:
    """Build what is missing of `wanted` (default: all), and point the aliases at it; alias → the image's own tag."""
    progress = progress or Progress()
    wanted = plan.images() if wanted is None else wanted
    with alone(progress):
        daemon = Daemon()
        base = bases((image.upstream for image in wanted), daemon, progress)
        return {image.alias: make(image, base[image.upstream], daemon, progress) for image in wanted}


def make(image: plan.Image, base: str, daemon: Daemon, progress: Progress) -> str:
    """Build one image unless it is there; its own tag."""
    tag = image.tag(base)
    if not daemon.has(tag):
        progress.say(f"{image.alias}: building {tag} on {base}")
        daemon.build(image.context, tag=tag, arguments={**image.arguments, "BASE": base}, progress=progress)
    if daemon.id_of(image.alias) != daemon.id_of(tag):
        daemon.tag(tag, image.alias)
    return tag


def gateway_image() -> str:
    """The gateway's own tag, built if it is missing; `tandem-gateway:local` names the same image."""
    return ensure(plan.images()[:1])[plan.GATEWAY]


@contextmanager
def alone(progress: Progress) -> Iterator[None]:
    """Hold the builders' lock; it goes with the process, however that ends."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("waiting for another run that builds images")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build all; 0, or 2 and one clear message."""
    progress = Progress()
    try:
        made = ensure(progress=progress)
    except BuildError as error:
        sys.stderr.write(f"images: {error}\n")
        return 2
    progress.say(f"{len(made)} images are there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
