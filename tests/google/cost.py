"""What a stack in Google Cloud costs a run: whole commands on the real engine, and where their time goes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from config import names
from tests.google.fake import fake
from tests.google.instance import as_instance
from tests.google.project import GoogleProject, google_project, summary
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.ssh.conftest import IMAGES
from tests.ssh.project import SshProject, ssh_project

_OURS = "import pulumi, pulumi_docker, pulumi_command;"
IMPORTS = {
    "nothing": "pass",
    "pulumi, docker, command": _OURS,
    "and pulumi_gcp.compute": f"{_OURS} from pulumi_gcp import compute; compute.Instance",
    "and all that a stack uses": f"{_OURS} from pulumi_gcp import compute, iap, projects, serviceaccount, storage;"
    "compute.Instance, iap.TunnelInstanceIAMMember, projects.IAMMember, serviceaccount.Account, storage.Bucket",
}
"""What → the lines of a program that touch it; the packages load a room when it is touched."""


def measured(folder: Path, rounds: int) -> Iterator[str]:
    """Lines of medians, the slowest part last."""
    yield from _imports(rounds)
    yield from _plugins(rounds)
    with a_machine(Kind()) as machine, fake() as google, as_instance(machine) as agent:
        machine.load(*IMAGES)
        (there := folder / "gce").mkdir()
        with google_project(there, google, agent) as shop:
            yield _first(shop)
            whole = _runs(shop, rounds)
            yield from whole.lines("gce")
            yield _refreshed(shop)
            yield _kept(shop)
        (there := folder / "ssh").mkdir()
        with ssh_project(there, machine, engine="pulumi") as plain:
            release = _runs(plain, rounds)
            yield from release.lines("ssh")
    saved = f"{whole.idle - release.idle:.2f} s of a no-op up, {whole.deploy - release.deploy:.2f} s of a deploy"
    yield f"a stack of the release alone, beside one of the ground, would save at most {saved}"


@dataclass(frozen=True)
class Runs:
    """Medians in seconds."""

    idle: float
    preview: float
    deploy: float

    def lines(self, what: str) -> Iterator[str]:
        """One line each."""
        yield f"{what}: no-op up {self.idle:.2f} s, zero changes each time"
        yield f"{what}: preview {self.preview:.2f} s"
        yield f"{what}: deploy {self.deploy:.2f} s"


def _runs(project: GoogleProject | SshProject, rounds: int) -> Runs:
    project.ok("deploy", "web", "demo:1")
    deploys = [partial(project.ok, "deploy", "web", f"demo:{2 - number % 2}") for number in range(rounds)]
    return Runs(
        idle=_median([partial(_idle, project)] * rounds),
        preview=_median([partial(project.ok, "preview")] * rounds),
        deploy=_median(deploys),
    )


def _idle(project: GoogleProject | SshProject) -> None:
    assert summary(project.ok("up", "--json")) == {}


def _first(shop: GoogleProject) -> str:
    began, calls = time.monotonic(), len(shop.google.log)
    made = summary(shop.ok("up", "--json"))
    took = time.monotonic() - began
    return (
        f"gce: up from nothing {took:.1f} s, {made['create']} resources, {len(shop.google.log) - calls} calls to Google"
    )


def _refreshed(shop: GoogleProject) -> str:
    began, calls = time.monotonic(), len(shop.google.log)
    shop.cli.ok("preview", "--refresh", "--expect-no-changes", "--config-file", str(shop.file))
    took = time.monotonic() - began
    return f"gce: preview --refresh {took:.2f} s, clean, {len(shop.google.log) - calls} calls to Google"


def _kept(shop: GoogleProject) -> str:
    began, changes = time.monotonic(), shop.google.changes()
    refused = shop.run("destroy", "--yes")
    took = time.monotonic() - began
    assert refused.code != 0
    assert shop.google.changes() == changes
    return f"gce: destroy refused after {took:.2f} s, exit code {refused.code}, nothing changed"


def _imports(rounds: int) -> Iterator[str]:
    """With bytecode, as compiled ahead, and without, as a set-up leaves what it does not compile."""
    bare = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/nonexistent"}
    for name, text in IMPORTS.items():
        run = partial(subprocess.run, [sys.executable, "-c", text], check=True)
        run()
        compiled, never = _median([run] * rounds), _median([partial(run, env=bare)] * rounds)
        yield f"import {name}: {compiled:.2f} s compiled, {never:.2f} s not"


def _plugins(rounds: int) -> Iterator[str]:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    for folder in sorted(home.glob("resource-*-v*")):
        if folder.is_dir():
            (binary,) = folder.glob("pulumi-resource-*")
            yield f"plugin {folder.name}: ready after {_median([partial(_start, binary)] * rounds):.2f} s"


def _start(plugin: Path) -> None:
    """Until it says its port."""
    with subprocess.Popen(
        [str(plugin), "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=names.ROOT
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()


def _median(actions: Sequence[Callable[[], object]]) -> float:
    """Seconds."""
    took = []
    for action in actions:
        began = time.monotonic()
        action()
        took.append(time.monotonic() - began)
    return statistics.median(took)
