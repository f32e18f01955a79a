"""A throw-away project on this machine's real Docker: own name, own port, own labels, gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import names, secret_files

STACK = "e2e"
TANDEM = Path(sys.executable).parent / "tandem"

APP = {
    "port": 8000,
    "health": {"kind": "http", "path": "/healthz", "timeout": "10s"},
    "memory": 96,
    "user": "65534:65534",
    "read_only": True,
    "drain_limit": "10s",
    "watch": {"window": "0s"},
}
"""What most stories need: a move ends when it is made. The stories of the watch have a window of their own."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that a person would have seen."""
        return self.out + self.err

    @property
    def summary(self) -> dict[str, Any]:
        """The last line of `--json` output."""
        parsed: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1])
        return parsed


@dataclass(frozen=True)
class Project:
    """One project folder with one stack file; `tandem` runs the checkout's own program on it."""

    directory: Path
    name: str
    port: int
    engine: str

    @property
    def host(self) -> Mapping[str, Any]:
        """The `host` section of the stack file."""
        return {"kind": "local"}

    @property
    def bind(self) -> str:
        """Where the gateway listens."""
        return "127.0.0.1"

    @property
    def file(self) -> Path:
        """The stack file."""
        return self.directory / f"Pulumi.{STACK}.yaml"

    @property
    def host_directory(self) -> Path:
        """HOSTDIR of the stack."""
        return names.host_directory(self.name, STACK)

    @property
    def gateway(self) -> str:
        """Docker name of the gateway."""
        return names.gateway(self.name, STACK)

    def command(self, *arguments: str) -> list[str]:
        """The command line of one `tandem` call on this project."""
        return [str(TANDEM), "-C", str(self.directory), "--stack", STACK, "--engine", self.engine, *arguments]

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Ran:
        """`tandem …`, whatever its exit code."""
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=240,
            env={**os.environ, **(env or {})},
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str) -> Ran:
        """`tandem …` that must end well."""
        ran = self.run(*arguments)
        assert ran.code == 0, f"tandem {' '.join(arguments)} ended with {ran.code}:\n{ran.text}"
        return ran

    def docker(self, *arguments: str) -> str:
        """The Docker CLI on the stack's host."""
        return docker(*arguments)

    def status(self, app: str = "web") -> dict[str, Any]:
        """One app of `tandem status --json`."""
        parsed: dict[str, Any] = json.loads(self.ok("status", "--json").out)["apps"][app]
        return parsed

    def served_by(self, app: str = "web", path: str = "/") -> tuple[int, str]:
        """(status, X-Served-By) of one fresh request through the gateway; (0, "") when nobody listens."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": f"{app}.localhost", "Connection": "close"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers.get("X-Served-By", "")
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers.get("X-Served-By", "")
        except OSError:
            return 0, ""

    def containers(self, app: str = "web", *, stopped: bool = True) -> dict[str, str]:
        """Release → container ID of every release's container of an app, `stopped` ones too."""
        listed = self.docker(
            "ps", *(["-a"] if stopped else []), "--no-trunc",
            "--filter", f"label={names.LABEL_ROLE}=app",
            "--filter", f"label={names.LABEL_PROJECT}={self.name}",
            "--filter", f"label={names.LABEL_APP}={app}",
            "--format", "{{.Label \"" + names.LABEL_RELEASE + "\"}} {{.ID}}",
        )  # fmt: skip
        return dict(line.split() for line in listed.splitlines())


def docker(*arguments: str) -> str:
    """The Docker CLI's stdout; raises when it fails."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True, timeout=120).stdout


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Polls a condition; fails when it does not hold in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.05)


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def project(directory: Path, *, engine: str, apps: Mapping[str, Any] | None = None) -> Iterator[Project]:
    """A project that exists while the block runs; what it left on Docker is removed by label afterwards."""
    name = f"e2e{uuid.uuid4().hex[:6]}"
    made = Project(directory=directory, name=name, port=free_port(), engine=engine)
    write_project_file(made)
    write_stack_file(made, apps or {"web": {**APP, "domains": ["web.localhost"]}})
    try:
        yield made
    finally:
        remove(name)


def write_project_file(made: Project, checkout: Path = names.ROOT) -> None:
    """`Pulumi.yaml`, with the program of a checkout."""
    (made.directory / "Pulumi.yaml").write_text(
        f"name: {made.name}\nmain: {os.path.relpath(checkout, made.directory)}\nruntime:\n  name: python\n  options:\n"
        f"    toolchain: pip\n    virtualenv: {Path(sys.prefix)}\n"
    )


def write_stack_file(made: Project, apps: Mapping[str, Any]) -> None:
    """A stack file as a person would write it: comments, and JSON's own flow style for the apps (YAML takes it)."""
    lines = [
        "# a stack made by the tests",
        "config:",
        "  tandem:profile: local",
        f"  tandem:host: {json.dumps(dict(made.host))}",
        f"  tandem:gateway: {{port: {made.port}, bind: {made.bind}}}  # a free port",
        "  tandem:apps:",
        *(f"    {app}: {json.dumps(section)}" for app, section in apps.items()),
    ]
    made.file.write_text("\n".join(lines) + "\n")


def remove(project_name: str, *stacks: str) -> None:
    """Everything with this project's label, the folders of its stacks (none named: of the usual one), secret files."""
    label = f"label={names.LABEL_PROJECT}={project_name}"
    for kind, listing in (
        ("container", ["ps", "-aq"]),
        ("network", ["network", "ls", "-q"]),
        ("volume", ["volume", "ls", "-q"]),
    ):
        found = docker(*listing, "--filter", label).split()
        if found:
            force = ["-f"] if kind in ("container", "volume") else []
            docker(kind, "rm", *force, *found)
    for stack in stacks or (STACK,):
        if places := secret_files.here(project_name, stack, ""):
            shutil.rmtree(places.memory, ignore_errors=True)
        shutil.rmtree(names.stack_directory(project_name, stack), ignore_errors=True)
