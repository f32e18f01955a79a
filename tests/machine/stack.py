"""A stack with the demo app on a machine for tests, run by `tandem` from here as a person would run it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import names
from tests.e2e.project import APP, STACK, Project
from tests.machine.boot import Machine

DEMO = {"web": {**APP, "domains": ["web.localhost"]}}


@contextmanager
def stack_on(
    machine: Machine, directory: Path, *, engine: str = "offline", apps: Mapping[str, Any] | None = None, **host: Any
) -> Iterator[Project]:
    """A project whose stack file names the machine; nothing is deployed yet. `host`: changes of its section."""
    made = Project(directory=directory, name=f"far{machine.name[-6:]}", port=machine.gateway_port, engine=engine)
    (directory / "Pulumi.yaml").write_text(
        f"name: {made.name}\nmain: {os.path.relpath(names.ROOT, directory)}\nruntime:\n  name: python\n  options:\n"
        f"    toolchain: pip\n    virtualenv: {Path(sys.prefix)}\n"
    )
    said = {"kind": "ssh", "address": machine.address, "port": machine.port, "user": "deploy", "min_free_gb": 1}
    section = said | {"key": str(machine.key), "host_key": machine.host_key} | host
    lines = [
        "config:",
        "  tandem:profile: local",
        f"  tandem:host: {json.dumps(section)}",
        f"  tandem:gateway: {{port: {made.port}, bind: 0.0.0.0}}",
        "  tandem:apps:",
        *(f"    {app}: {json.dumps(one)}" for app, one in (apps or DEMO).items()),
    ]
    made.file.write_text("\n".join(lines) + "\n")
    try:
        yield made
    finally:
        shutil.rmtree(names.stack_directory(made.name, STACK), ignore_errors=True)
