"""A Docker of its own beside this machine's: own network, own mounts, own /run, so that it may be killed.

`enter` starts the calling program again inside new namespaces; there /var/run/docker.sock is the own daemon's, and
mounts (a small disk, a broken template) are seen by nobody else. Needs root and unshare; images come by save and load.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.names import ROOT
from tests import processes

INSIDE = "TANDEM_FAULTS_MACHINE"
DATA = ROOT / ".tandem" / "faults-docker"
RESTART_SECONDS = 2.0

NAMESPACES = (
    "unshare",
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--propagation",
    "private",
)
"""Processes too: whoever kills this run kills its daemon and its containers with it."""

INIT = '"$@" & wait $!'
"""The first process: it must collect whoever loses his parent."""


def is_inside() -> bool:
    """Whether this process already runs in the machine."""
    return os.environ.get(INSIDE) == "1"


def missing() -> str | None:
    """What stands against it here; None when all is well."""
    if os.geteuid() != 0:
        return "root (namespaces, mounts and a second dockerd need it)"
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode:
        return f"permission for new namespaces ({' '.join(NAMESPACES)})"
    return None


def enter(module: str, arguments: Sequence[str], images: Sequence[str]) -> int:
    """Runs `python -m module arguments` in the machine, with these images; its exit code."""
    DATA.mkdir(parents=True, exist_ok=True)
    archive = DATA.with_suffix(".tar")
    subprocess.run(["docker", "save", "--output", str(archive), *images], check=True)
    command = [*NAMESPACES, "sh", "-c", INIT, "init", sys.executable, "-m", module, *arguments]
    try:
        return subprocess.run(command, check=False, env={**os.environ, INSIDE: "1"}).returncode
    finally:
        archive.unlink()
        shutil.rmtree(DATA, ignore_errors=True)


class Machine:
    """The daemon inside."""

    def __init__(self) -> None:
        self.log = ROOT / ".tandem" / "faults-docker.log"
        self.daemon: subprocess.Popen[bytes] | None = None
        self.restart: threading.Timer | None = None
        self.live_restore = True
        """Containers outlive their daemon. Docker's own default is that they do not, and Docker 20.10 then leaves them
        stopped after a crash; a host of ours has it on."""

    def prepare(self) -> None:
        """Loopback, a private /run, and the own data where Docker looks for it."""
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        mount("-t", "tmpfs", "tmpfs", "/run")
        Path("/var/lib/docker").mkdir(exist_ok=True)
        mount("--bind", str(DATA), "/var/lib/docker")

    def start(self) -> None:
        """Start dockerd and wait until it answers."""
        for stale in ("/run/docker.pid", "/run/docker/containerd/containerd.pid"):
            Path(stale).unlink(missing_ok=True)
        with self.log.open("ab") as log:
            command = ["dockerd", "--live-restore" if self.live_restore else "--live-restore=false"]
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        limit = time.monotonic() + 60
        while subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
            if time.monotonic() > limit or self.daemon.poll() is not None:
                raise RuntimeError(f"dockerd did not start; {self.log} says why")
            time.sleep(0.1)

    def crash(self) -> None:
        """SIGKILL; a new start follows by itself, as systemd would do it. `recovered` waits for that."""
        assert self.daemon
        processes.kill(self.daemon.pid)
        self.daemon.wait()
        self.restart = threading.Timer(RESTART_SECONDS, self.start)
        self.restart.start()

    def recovered(self) -> None:
        """Returns once dockerd answers again."""
        if self.restart:
            self.restart.join()

    def stop(self) -> None:
        """An orderly end: its containers end with it."""
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(60)


@contextmanager
def running() -> Iterator[Machine]:
    """The machine's daemon while the block runs, empty of containers, with the images of the archive."""
    machine = Machine()
    machine.prepare()
    machine.start()
    try:
        subprocess.run(["docker", "load", "--quiet", "--input", str(DATA.with_suffix(".tar"))], check=True)
        yield machine
    finally:
        machine.stop()


def mount(*arguments: str) -> None:
    """`mount …`, which only this machine sees."""
    subprocess.run(["mount", *arguments], check=True)
