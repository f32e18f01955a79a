"""Words of the stories about moves."""

from __future__ import annotations

from collections.abc import Callable

from tandem.docker import Container
from tandem.hosts.routing import Watch
from tandem.moves import deploys
from tests.unit.tandem.fakes import Bench, hash8, image_id

GATEWAY = Container("id-gateway", "shop-local-gateway", "running", "gateway")


def blue(number: int) -> str:
    return f"blue-{hash8(image_id(number))}"


def green(number: int) -> str:
    return f"green-{hash8(image_id(number))}"


def deploy(bench: Bench, *, finalize: bool = False, force: str | None = None, wait: bool = True, **wanted: str) -> None:
    deploys.deploy(bench, wanted, finalize=finalize, force=force, wait=wait)


def switched(bench: Bench) -> Bench:
    """The next command after two deploys: green serves, blue stands by, and the gateway's container is there."""
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.boxes.append(GATEWAY)
    return bench.again()


def judged(word: str, why: str = "", failed: int = 0) -> Callable[[str], list[Watch]]:
    """A watch that is seen pending twice, then judged."""
    return lambda release: [
        Watch(release, "pending", seen=10),
        Watch(release, "pending", seen=20, failed=failed),
        Watch(release, word, why=why, seen=30, failed=failed),
    ]
