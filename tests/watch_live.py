"""`python -m tests.watch_live`: how soon a real gateway switches off a release that fails a fifth of its requests.

Prints a row per traffic level: seconds from the flip to the proof that the old release serves, and the answers that
were bad until then, as the clients counted them: median and maximum of three flips.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from images import build
from tests.host import flips
from tests.host.stage import Stage

OLD, NEW = "green-11111111", "blue-22222222"
FLIPS = 3


def flip(stage: Stage, rate: int) -> tuple[float, int]:
    """One flip under that load: seconds until it was undone, bad answers."""
    flips.warm_up(stage)
    with flips.visitors(stage, each_second=rate) as seen:
        switched = stage.switch(NEW, OLD, back=OLD, window=30).receipt
        flips.await_verdict(stage, "bad")
    facts = flips.record(stage, switched["id"])
    stage.switch(OLD)
    (stage.directory / "state" / "web.barred").unlink()
    return (int(facts["settled"]) - int(facts["flipped"])) / 1000, seen.status[500]


def main() -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as directory:
        stage = Stage(build.gateway_image(), Path(directory))
        try:
            stage.install()
            stage.start_gateway()
            stage.release(OLD)
            stage.release(NEW, fail=20)
            stage.switch(OLD)
            for rate in (20, 100, 900):
                seconds, bad = zip(*(flip(stage, rate) for _ in range(FLIPS)), strict=True)
                took = f"{statistics.median(seconds):.2f} s ({max(seconds):.2f})"
                print(f"| {rate} | {took} | {statistics.median(bad):.0f} ({max(bad)}) |")  # noqa: T201
        finally:
            stage.close()


if __name__ == "__main__":
    main()
