"""`python -m tests.google [ROUNDS]`: the contract's numbers, and what a stack in Google Cloud costs a run, as medians.

The second part needs the CLI, its plugins and a machine for tests; Google is the fake, so its answers cost nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.google import asked
from tests.google.contract import Judged, judge
from tests.google.pulumi import missing


def contract() -> list[str]:
    """Per program and in all: what was checked against Google's documents."""
    total, lines = Judged(), []
    for name, program in asked.programs_asked():
        lines.append(f"{name}: {judge(program.resources).line}")
        judge(program.resources, total)
    return [*lines, f"in all: {total.line}"]


def say(*lines: str) -> None:
    """Lines, at once."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    say(*contract())
    if missing():
        say(f"what a run costs was not measured: {missing()}")
    else:
        from tests.google.cost import measured

        with tempfile.TemporaryDirectory() as folder:
            say(*measured(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 5))
