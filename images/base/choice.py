"""Which base an image is built on, decided once per run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config.names import ROOT
from images import plan
from images.base import apt
from images.daemon import BuildError, Daemon
from images.progress import Progress

WORK = ROOT / ".tandem" / "base"
"""Scratch of the base recipe; whatever lies there belonged to a run that was killed."""

OFFLINE = "No image registry can be reached"


def bases(upstreams: Iterable[str], daemon: Daemon, progress: Progress) -> dict[str, str]:
    """For every upstream image the base to use: itself where it is here or can be pulled, else the offline base."""
    wanted = sorted(set(upstreams))
    absent = [name for name in wanted if not daemon.has(name)]
    if not absent:
        return {name: name for name in wanted}
    if daemon.has(plan.offline_base()):
        return {name: plan.offline_base() if name in absent else name for name in wanted}
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(daemon.registry_has, absent))
    pulled = {name for name, answer in zip(absent, answers, strict=True) if answer and daemon.pull(name, progress)}
    left = [name for name in absent if name not in pulled]
    if left:
        make_offline_base(progress, missing=left)
    return {name: plan.offline_base() if name in left else name for name in wanted}


def make_offline_base(progress: Progress, *, missing: list[str]) -> None:
    """Make `tandem-base:<hash>` from this machine's Debian mirror; needs Debian and root."""
    names = " and ".join(missing)
    mirror = debian_mirror()
    if mirror is None:
        raise BuildError(
            f"{OFFLINE} ({names}), and without a Debian mirror in /etc/apt no base can be made: {remedy(missing)}"
        )
    if os.geteuid() != 0:
        raise BuildError(
            f"{OFFLINE} ({names}), and making a base from {mirror} needs root: run it as root, or {remedy(missing)}"
        )
    progress.say(f"no registry has {names} for us: making a base from {mirror} ({plan.SUITE})")
    bootstrap(plan.SUITE, mirror, plan.offline_base(), ["ca-certificates"], progress)


def debian_mirror() -> str | None:
    """Where this machine's apt gets Debian from; None on other systems."""
    return apt.mirror(apt.source_texts(Path("/etc/apt"))) if shutil.which("apt-get") else None


def bootstrap(suite: str, mirror: str, image: str, packages: Sequence[str], progress: Progress) -> None:
    """A Debian tree as an image, with this machine's way to the mirror and its certificate authorities."""
    install("mmdebstrap", progress)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    command = [str(plan.BASE_RECIPE), suite, mirror, image, ",".join(packages), *apt.options(dump)]
    run(command, progress, what=image, env={**os.environ, "TMPDIR": str(WORK)})
    shutil.rmtree(WORK, ignore_errors=True)


def remedy(missing: list[str]) -> str:
    """How else to come by a base."""
    return " and ".join(f"`docker load` {name}" for name in missing) + " from a machine that can pull"


def install(package: str, progress: Progress) -> None:
    """A Debian package that the recipe needs, unless it is there."""
    if shutil.which(package):
        return
    run([str(ROOT / "setup" / "apt"), package], progress, what=package, env=dict(os.environ))


def run(command: list[str], progress: Progress, *, what: str, env: dict[str, str]) -> None:
    """Run with its output as progress; a failure shows the last of it."""
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        last = progress.follow(what, process.stdout)
    if process.returncode:
        raise BuildError(
            f"{what}: `{command[0]}` failed with {process.returncode}:\n" + "\n".join(f"  {line}" for line in last)
        )
