"""What a stack in Google Cloud costs a run: whole commands on the real engine, and where their time goes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from config import names
from tests.google.fake import fake
from tests.google.instance import as_instance
from tests.google.project import GoogleProject, google_project
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
            began, calls = time.monotonic(), len(google.log)
            shop.ok("up")
            yield f"up from nothing: {time.monotonic() - began:.1f} s, {len(google.log) - calls} calls to Google"
            yield from _runs("gce", shop, rounds)
            began = time.monotonic()
            shop.cli.run("preview", "--refresh", "--config-file", str(shop.file))
            yield f"gce: preview --refresh {time.monotonic() - began:.2f} s"
        (there := folder / "ssh").mkdir()
        with ssh_project(there, machine, engine="pulumi") as plain:
            yield from _runs("ssh", plain, rounds)


def _runs(what: str, project: GoogleProject | SshProject, rounds: int) -> Iterator[str]:
    project.ok("deploy", "web", "demo:1")
    deploys = [partial(project.ok, "deploy", "web", f"demo:{2 - number % 2}") for number in range(rounds)]
    yield f"{what}: no-op up {_median([partial(project.ok, 'up')] * rounds):.2f} s"
    yield f"{what}: preview {_median([partial(project.ok, 'preview')] * rounds):.2f} s"
    yield f"{what}: deploy {_median(deploys):.2f} s"


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
