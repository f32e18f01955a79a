"""`make faults`: the whole table, in a Docker of its own, and `docs/faults.md` from it.

`--fault`, `--step` and `--engine` choose; chosen cells are run again and the page keeps the others. What needs a Docker
of its own and cannot have it is named and left out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence

from rich.console import Console

from config.names import ROOT
from tests.faults import machine, page, table
from tests.faults.kinds import FAULTS
from tests.faults.machine import Machine

IMAGES = (*table.IMAGES, "demo:errors", "tandem-gateway:local")


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--fault", action="append", choices=tuple(FAULTS), default=[])
    parser.add_argument("--step", action="append", default=[])
    parser.add_argument("--engine", action="append", choices=("offline", "pulumi"), default=[])
    parser.add_argument("--keep", action="store_true", help="keep the cells of earlier runs that are not run again")
    return parser.parse_args(arguments)


def run(chosen: argparse.Namespace, own: Machine | None, console: Console) -> None:
    """All chosen cells, one after the other."""
    engines = chosen.engine or ["offline", *(["pulumi"] if shutil.which("pulumi") else [])]
    for engine in engines:
        for fault in FAULTS.values():
            if chosen.fault and fault.name not in chosen.fault:
                continue
            if fault.alone and own is None:
                console.log(f"{fault.name}: left out, it needs {machine.missing()}")
                continue
            for cell in table.row(fault, engine, chosen.step, own, page.ARTEFACTS, console.log):
                console.log(f"  lost {cell.lost} of {cell.requests}: {'; '.join(cell.trouble) or 'green'}")


def main(arguments: Sequence[str]) -> int:
    """Entry point, outside and inside of the machine; 0 when no cell is red."""
    console = Console(stderr=True, width=150)
    chosen = parsed(arguments)
    if machine.is_inside():
        with machine.running() as own:
            run(chosen, own, console)
        return 0
    if not (chosen.keep or chosen.fault or chosen.step or chosen.engine):
        shutil.rmtree(page.ARTEFACTS, ignore_errors=True)
    page.ARTEFACTS.mkdir(parents=True, exist_ok=True)
    if machine.missing():
        run(chosen, None, console)
    elif code := machine.enter("tests.faults", arguments, IMAGES):
        return code
    red = page.write()
    console.print(f"{len(red)} red cells; {page.PAGE.relative_to(ROOT)} and artefacts/faults/ say more")
    for one in red:
        console.print(f"  {one.name}: {'; '.join(one.trouble)}")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
