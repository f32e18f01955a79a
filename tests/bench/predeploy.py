"""`python -m tests.bench.predeploy`: what the check before a deploy costs, with and without it in turn, side by side.

Not a test: nothing is asserted about time. The project stands in this checkout, so that all of it is looked through.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from config.names import ROOT
from tandem.checks import tree
from tests.e2e.project import Project, project

WAYS = {"with the check": (), "--no-check": ("--no-check",)}


def main() -> None:
    """Prints a row each: median wall seconds, and median processor seconds of the command and all that it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--engine", choices=("offline", "pulumi"), default="offline")
    chosen = parser.parse_args()
    (ROOT / ".tandem").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=ROOT / ".tandem") as folder,
        project(Path(folder), engine=chosen.engine) as web,
    ):
        found = measured(web, chosen.rounds)
    for way, times in found.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{way:<16} {wall:.2f} s wall, {processor:.2f} s processor, {len(times)} deploys")  # noqa: T201
    print(f"{len(tree.tracked(ROOT))} files looked through in {statistics.median(looks(chosen.rounds)):.3f} s")  # noqa: T201


def measured(web: Project, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Way → seconds of each deploy: wall and processor."""
    images = cycle(["demo:1", "demo:2", "demo:3"])
    deploy(web, next(images), ())
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, words in WAYS.items():
            found[way].append(deploy(web, next(images), words))
    return found


def deploy(web: Project, image: str, words: Sequence[str]) -> tuple[float, float]:
    """One deploy that makes a release and moves the traffic."""
    began, before = time.monotonic(), spent()
    web.ok("deploy", "web", image, *words)
    return time.monotonic() - began, spent() - before


def spent() -> float:
    """Processor seconds of everything that was started from here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def looks(rounds: int) -> Iterator[float]:
    """Each look by itself."""
    for _ in range(rounds):
        began = time.monotonic()
        tree.look(ROOT)
        yield time.monotonic() - began


if __name__ == "__main__":
    main()
