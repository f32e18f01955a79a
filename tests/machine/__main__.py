"""`python -m tests.machine up|down|list`: a machine to try things on by hand.

`up` prints how to reach it and the `host` section for a stack file. It stays until `down`.
"""

from __future__ import annotations

import argparse
import sys

from images.daemon import BuildError
from tests.machine.boot import Machine, boot, running
from tests.machine.image import SUITES, Kind


def described(machine: Machine) -> str:
    """How to reach a machine, and what a stack file says about it."""
    login = " ".join(machine.ssh("").copy()[:-1])
    return f"""{machine.name} ({machine.kind.suite}{", bare" if machine.kind.bare else ""})
  {login}
  docker exec -it {machine.name} bash
  tandem:host:
    kind: ssh
    address: {machine.address}
    port: {machine.port}
    user: {machine.user}
    key: {machine.key}
    host_key: {machine.host_key}
  tandem:gateway:
    port: {machine.gateway_port}
"""


def main() -> int:
    """Do what was asked; 0, or 2 and one clear message."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "list"))
    parser.add_argument("name", nargs="?", help="up: its name; down: which one (default: all)")
    parser.add_argument("--suite", choices=SUITES, default="bookworm")
    parser.add_argument("--bare", action="store_true", help="without Docker, for bootstrap")
    options = parser.parse_args()
    try:
        if options.what == "up":
            made = boot(Kind(options.suite, options.bare), name=options.name, mine=False)
            sys.stdout.write(described(made))
            return 0
    except (BuildError, AssertionError, RuntimeError) as error:
        sys.stderr.write(f"machine: {error}\n")
        return 2
    for machine in running():
        if options.what == "list":
            sys.stdout.write(described(machine))
        elif options.name in (None, machine.name):
            machine.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
