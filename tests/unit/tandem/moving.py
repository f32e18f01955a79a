"""Words of the stories about moves."""

from __future__ import annotations

from collections.abc import Callable

from tandem import deploys
from tandem.routing import Watch
from tests.unit.tandem.fakes import Bench, hash8, image_id


def blue(number: int) -> str:
    return f"blue-{hash8(image_id(number))}"


def green(number: int) -> str:
    return f"green-{hash8(image_id(number))}"


def deploy(bench: Bench, *, finalize: bool = False, force: str | None = None, wait: bool = True, **wanted: str) -> None:
    deploys.deploy(bench, wanted, finalize=finalize, force=force, wait=wait)


def judged(word: str, why: str = "", failed: int = 0) -> Callable[[str], list[Watch]]:
    """A watch that is seen pending twice, then judged."""
    return lambda release: [
        Watch(release, "pending", seen=10),
        Watch(release, "pending", seen=20, failed=failed),
        Watch(release, word, why=why, seen=30, failed=failed),
    ]
