"""Bootstrapping a machine for tests, without the command: the tree of the scripts, sent and run by root or its user."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from components import archive
from components.hosts import bootstrap
from config.bootstrap import SETTINGS
from config.hosts import SshHost
from tests.machine.boot import Machine

PROJECT = "shop"
STACK = "prod"
NAME = f"{PROJECT}-{STACK}"
NOW = object()


@dataclass(frozen=True)
class Ran:
    """One run of the scripts: exit code, what each step did, what was said, how long it took."""

    code: int
    steps: dict[str, tuple[str, str]]
    """Step → (same or changed, detail)."""
    said: str
    seconds: float

    @property
    def changed(self) -> list[str]:
        """The steps that changed something, with what."""
        return [f"{step}: {detail}" for step, (result, detail) in self.steps.items() if result == "changed"]


def host_of(machine: Machine, **more: Any) -> SshHost:
    """The machine as a stack file's `host`; the user is `deploy`."""
    said = {"kind": "ssh", "address": machine.address, "port": machine.port, "user": "deploy", "min_free_gb": 1}
    return SshHost.model_validate(said | {"key": str(machine.key), "host_key": machine.host_key} | more)


def bootstrap_it(machine: Machine, *, by: str = "root", now: str = "", settings: str | None = None, **more: Any) -> Ran:
    """Runs the bootstrap over SSH as user `by`. `more`: keys of the `host` section, `admitted` and `gateway_ports`."""
    extra = {name: more.pop(name) for name in ("admitted", "gateway_ports") if name in more}
    project, stack, engine = (
        more.pop(name, value) for name, value in (("project", PROJECT), ("stack", STACK), ("engine", ""))
    )
    tree = bootstrap.tree(host_of(machine, **more), project, stack, engine, **extra)
    if settings is not None:
        tree[SETTINGS] = settings
    return script(machine, tree, f'sh "$d/host/bootstrap" "$d/settings" {now}', by)


def script(machine: Machine, tree: dict[str, str], run: str, by: str) -> Ran:
    """Sends a tree and runs a line with $d = where it was unpacked."""
    words = f'd=$(mktemp -d) && base64 -d | tar -x -f - -C "$d" && {run}; code=$?; rm -rf "$d"; exit $code'
    began = time.monotonic()
    done = subprocess.run(
        machine.ssh(words, by), input=archive.pack(tree), capture_output=True, text=True, timeout=280, check=False
    )
    took = time.monotonic() - began
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    steps = {line["step"]: (line["result"], line["detail"]) for line in lines}
    return Ran(done.returncode, steps, done.stderr, took)
