"""`python -m tests.fresh`: `make up`, twice, and `make test`, each command first on a bare machine of its own.

What is committed is what is cloned and run. Logs and times are left in `artefacts/fresh/`. `--keep` leaves the machines
for a look: `docker exec -it fresh-up bash`.
"""

from __future__ import annotations

import argparse
import json
import sys

from config.names import ROOT
from images.daemon import BuildError
from images.progress import Progress
from tests.fresh import machine

ARTEFACTS = ROOT / "artefacts" / "fresh"

STORIES = {"up": ("up", "up", "down"), "test": ("test",)}
"""Machine → the make targets that run on it, one after the other."""


def run(story: str, suite: str, progress: Progress) -> list[dict[str, str | float]]:
    """One machine and its targets; stops at the first that fails."""
    name = f"fresh-{story}"
    machine.boot(name, machine.image(suite, progress))
    results: list[dict[str, str | float]] = []
    for number, target in enumerate(STORIES[story], 1):
        log = ARTEFACTS / f"{suite}-{story}-{number}-{target}.log"
        code, seconds = machine.timed(name, target, log)
        results.append(
            {
                "suite": suite,
                "machine": name,
                "target": target,
                "run": number,
                "exit": code,
                "seconds": round(seconds, 1),
            }
        )
        progress.say(f"{name}: make {target} (run {number}): exit {code}, {seconds:.1f} s, {log.relative_to(ROOT)}")
        if code:
            break
    (ARTEFACTS / f"{suite}-{story}.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return results


def main() -> int:
    """Run the chosen stories; 0 when every command did what it should."""
    parser = argparse.ArgumentParser(prog="make test-fresh", description=__doc__)
    parser.add_argument("stories", nargs="*", metavar="STORY", help="up, test; default: both")
    parser.add_argument("--suite", default="bookworm", help="Debian suite of the bare machine (bookworm, trixie)")
    parser.add_argument("--keep", action="store_true", help="leave the machines running")
    options = parser.parse_args()
    unknown = set(options.stories) - set(STORIES)
    if unknown:
        parser.error(f"unknown story {', '.join(sorted(unknown))}: expected {' or '.join(STORIES)}")
    progress = Progress()
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    machine.remove_all()
    try:
        results = [line for story in options.stories or STORIES for line in run(story, options.suite, progress)]
    except BuildError as error:
        sys.stderr.write(f"fresh: {error}\n")
        return 2
    finally:
        if not options.keep:
            machine.remove_all()
    return 1 if any(line["exit"] for line in results) else 0


if __name__ == "__main__":
    sys.exit(main())
