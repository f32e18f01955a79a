"""`make bench`: what each move costs, under load, on each engine that is here and on Debian's compose beside it.

Not a test: nothing is asserted about time. `--moves N` is the long run instead: at least N moves of all kinds and
`--requests` POSTs that nobody repeats, then compose under the same load. Raw rows are kept in `artefacts/`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rich.console import Console

from config.names import ROOT
from tests import load
from tests.bench import compose, moves, show, story
from tests.bench.row import Row
from tests.e2e.project import docker

IMAGES = ("demo:1", "demo:2", "demo:3", "demo:crash", "demo:sick", "demo:errors")
PARTS: dict[str, Callable[[str, int, story.Say], tuple[list[Row], load.Tally]]] = {
    "rounds": story.rounds,
    "now": story.emergencies,
    "verdicts": story.verdicts,
}


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of single moves, and deploys by compose")
    parser.add_argument("--now", type=int, default=20, help="emergency rollbacks")
    parser.add_argument("--verdicts", type=int, default=3, help="deploys that wait for their verdict")
    parser.add_argument("--moves", type=int, help="the long run, of at least so many moves")
    parser.add_argument("--requests", type=int, default=200_000, help="of the long run, at least")
    parser.add_argument("--engine", choices=("offline", "pulumi"), action="append")
    return parser.parse_args()


def main() -> int:
    """Entry point; 1 when the long run lost a request."""
    chosen = parsed()
    console = Console(stderr=True, width=150)
    docker("image", "inspect", *IMAGES)
    engines = chosen.engine or ["offline", *(["pulumi"] if shutil.which("pulumi") else [])]
    return (long_run if chosen.moves else table)(chosen, engines, console)


def table(chosen: argparse.Namespace, engines: list[str], console: Console) -> int:
    """Every part on every engine, then compose."""
    rows: list[Row] = []
    tallies: dict[str, load.Tally] = {}
    for engine in engines:
        for part, tell in PARTS.items():
            if number := getattr(chosen, part):
                measured, tallies[f"{engine}, {part}"] = tell(engine, number, console.log)
                rows += measured
    measured, tallies["compose"], note = peer(chosen.rounds, console, story.THINK)
    rows += measured
    show.show(rows, tallies, [note])
    lost = {who: {"requests": tally.requests, "lost": tally.lost} for who, tally in tallies.items()}
    keep("bench", {"load": lost, "compose": note, "rows": [asdict(row) for row in rows]}, console)
    return 0


def long_run(chosen: argparse.Namespace, engines: list[str], console: Console) -> int:
    """Moves of all kinds on each engine, then compose under the same load."""
    ran = [moves.run(engine, chosen.requests, chosen.moves, console.log) for engine in engines]
    rows, tally, note = peer(chosen.rounds, console, moves.THINK)
    for one in ran:
        console.print(f"{one['engine']}: {one['lost']} lost of {one['requests']} POSTs over {one['moves']} moves")
    console.print(f"compose: {tally.lost} lost of {tally.requests} POSTs over {len(rows)} deploys ({note})")
    said = {"requests": tally.requests, "lost": tally.lost, "deploys": len(rows), "what": note}
    keep("moves", {"engines": ran, "compose": said, "rows": [asdict(row) for row in rows]}, console)
    return int(any(one["lost"] for one in ran))


def peer(rounds: int, console: Console, think: float) -> tuple[list[Row], load.Tally, str]:
    """Compose's rows and tally, and which version that was, or what is missing."""
    here = compose.found()
    if here is None:
        console.print(f"skipped: {compose.MISSING}")
        return [], load.Tally(), f"skipped: {compose.MISSING}"
    rows, tally = compose.story(rounds, console.log, think=think)
    return rows, tally, here[1]


def keep(name: str, what: dict[str, Any], console: Console) -> None:
    """The raw figures, for whoever wants to look."""
    kept = ROOT / "artefacts" / f"{name}-{time.strftime('%Y%m%dT%H%M%S')}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(what, indent=1) + "\n")
    console.print(f"raw rows: {kept.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
