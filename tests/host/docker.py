"""Docker by its command line, for tests. Every object is labelled: a later run finds what a killed one left."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

LABEL = "tandem.test"
OWNER = "tandem.test.pid"


def docker(*arguments: str, check: bool = True, errors: bool = False) -> str:
    """Standard output of `docker ...`, stripped, with standard error if `errors`; fails with Docker's own words."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}: {done.stderr}"
    return (done.stdout + (done.stderr if errors else "")).strip()


def labels(scope: str) -> list[str]:
    """Arguments that mark an object as this process's own."""
    return ["--label", f"{LABEL}={scope}", "--label", f"{OWNER}={os.getpid()}"]


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def remove_leftovers(scope: str) -> None:
    """Containers and networks of `scope` whose test process is gone."""
    for kind, remove in (("container", ["rm", "-fv"]), ("network", ["network", "rm"])):
        listing = ["ps", "-a"] if kind == "container" else ["network", "ls"]
        found = docker(
            *listing, "--filter", f"label={LABEL}={scope}", "--format", f'{{{{.ID}}}} {{{{.Label "{OWNER}"}}}}'
        )
        for line in found.splitlines():
            identity, _, owner = line.partition(" ")
            if not (Path("/proc") / owner / "stat").exists():
                docker(*remove, identity, check=False)
