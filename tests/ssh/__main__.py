"""Figures of a machine behind SSH, on a machine for tests that has the images.

`python -m tests.ssh cost [ROUND-TRIP-MS …]`: what each command costs, medians, through a relay that adds the delay.
`python -m tests.ssh moves`: moves of all kinds under load, and what was lost; exit code 1 when anything was.
"""

from __future__ import annotations

import argparse
import sys

from tests.machine.fixtures import a_machine
from tests.machine.image import SUITES, Kind
from tests.ssh import cost, moves
from tests.ssh.conftest import IMAGES


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.ssh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="what", required=True)
    costs = kinds.add_parser("cost")
    costs.add_argument("delays", nargs="*", type=int, default=[0, 50, 150], help="milliseconds of a round trip")
    costs.add_argument("--rounds", type=int, default=3)
    lost = kinds.add_parser("moves")
    lost.add_argument("--requests", type=int, default=50_000, help="at least so many POSTs")
    for kind in (costs, lost):
        kind.add_argument("--engine", default="offline", choices=("offline", "pulumi"))
        kind.add_argument("--suite", default=SUITES[0], choices=SUITES, help="the machine's Debian")
    return parser.parse_args()


def main() -> int:
    """Do what was asked."""
    asked = parsed()
    with a_machine(Kind(asked.suite)) as machine:
        machine.load(*IMAGES)
        if asked.what == "moves":
            return int(moves.run(machine, asked.engine, asked.requests).lost > 0)
        for delay in asked.delays:
            cost.show(list(cost.keep(cost.rounds(machine, asked.engine, delay, asked.rounds))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
