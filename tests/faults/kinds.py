"""The faults: what strikes, and what mends it before the next `tandem up`."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config import names
from tests import processes
from tests.e2e.project import Project, docker
from tests.faults.machine import Machine, mount

FILLER = "filler"
REFUSING = "127.0.0.1:9/demo:9"
"""An image of a registry where nobody listens."""

TEMPLATE = names.ROOT / "components" / "gateway" / "templates" / "app.conf.j2"


@dataclass
class Scene:
    """What a fault acts on: the stack, the command that runs, the releases there were before it, the machine."""

    stack: Project
    command: subprocess.Popen[str] | None
    before: frozenset[str]
    machine: Machine | None

    def candidate(self) -> str:
        """Container ID of the release that this command brought; of the one that serves, when nothing is under way."""
        containers = self.stack.containers()
        if self.command is None:
            return containers[self.stack.served_by()[1]]
        (new,) = set(containers) - self.before
        return containers[new]


@dataclass(frozen=True)
class Fault:
    """One kind of fault. `drops`: it takes requests with it by itself, so a run without a deploy is its measure."""

    name: str
    what: str
    strike: Callable[[Scene], None]
    mend: Callable[[Scene], None] = lambda scene: None
    drops: bool = False
    alone: bool = False
    """It needs a Docker and mounts of its own."""
    whole: bool = False
    """It is there before the command starts, and the command is refused; no step can tell it from another."""


def kill_client(scene: Scene) -> None:
    """The command alone; what it started runs on."""
    assert scene.command
    processes.kill(scene.command.pid)


def kill_engine(scene: Scene) -> None:
    """The process `pulumi`; the offline engine is the command itself, and goes with all that it started."""
    assert scene.command
    members = processes.family(scene.command.pid)
    processes.kill(*(processes.named("pulumi", members) or members))


def kill_script(scene: Scene) -> None:
    """The host's script and what it started there; the engine goes on and sees it fail. A broken SSH connection."""
    assert scene.command
    members = processes.family(scene.command.pid)
    processes.kill(*(pid for name in ("sh", "timeout", "docker") for pid in processes.named(name, members)))


def kill_candidate(scene: Scene) -> None:
    """The app's first process, as the kernel would kill it: Docker starts it again by its policy."""
    processes.kill(pid_of(scene.candidate()))


def kill_nginx(scene: Scene) -> None:
    """nginx's master, which is below the gateway's first process or that process itself."""
    members = processes.family(pid_of(scene.stack.gateway))
    masters = [pid for pid in processes.named("nginx", members) if not _is_below(pid, members)]
    processes.kill(masters[0])


def kill_dockerd(scene: Scene) -> None:
    """dockerd, and with it its containerd; it is started again two seconds later, as by systemd."""
    assert scene.machine
    scene.machine.crash()


def wait_for_dockerd(scene: Scene) -> None:
    """Nothing to mend but patience."""
    assert scene.machine
    scene.machine.recovered()


def fill_disk(scene: Scene) -> None:
    """Not a byte is left where the gateway's files are."""
    with (scene.stack.host_directory / "gateway" / FILLER).open("wb", buffering=0) as file:
        for block in (1 << 16, 1):
            while _written(file.fileno(), block):
                pass


def make_room(scene: Scene) -> None:
    """Somebody deletes something."""
    (scene.stack.host_directory / "gateway" / FILLER).unlink(missing_ok=True)


def name_an_image_that_no_registry_gives(scene: Scene) -> None:
    """Somebody writes it into the stack file, where the live image stood."""
    live = scene.stack.status()["live"]
    text = scene.stack.file.read_text()
    (scene.stack.directory / "before.yaml").write_text(text)
    scene.stack.file.write_text(re.sub(rf'({live}: {{image: )"?[^",}}]+"?', rf'\g<1>"{REFUSING}"', text, count=1))
    assert REFUSING in scene.stack.file.read_text(), text


def take_the_edit_back(scene: Scene) -> None:
    """A hand edit stays in the file when `up` fails: it is for whoever made it to correct."""
    scene.stack.file.write_text((scene.stack.directory / "before.yaml").read_text())


def break_template(scene: Scene) -> None:
    """A bad edit of the gateway's template, in this machine's eyes only."""
    broken = scene.stack.directory / "broken.j2"
    broken.write_text(TEMPLATE.read_text() + "\nnonsense_that_nginx_does_not_know;\n")
    mount("--bind", str(broken), str(TEMPLATE))


def mend_template(scene: Scene) -> None:
    """The edit is taken back."""
    subprocess.run(["umount", str(TEMPLATE)], check=True)


def pid_of(container: str) -> int:
    """The container's first process, seen from here."""
    return int(docker("inspect", "--format", "{{.State.Pid}}", container))


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("client", "SIGKILL of the command; what it started runs on", kill_client),
        Fault("engine", "SIGKILL of the engine", kill_engine),
        Fault("script", "SIGKILL of the host's script, as when a connection breaks", kill_script),
        Fault("candidate", "SIGKILL of the new release's process", kill_candidate, drops=True),
        Fault("nginx", "SIGKILL of nginx's master in the gateway", kill_nginx, drops=True),
        Fault("dockerd", "SIGKILL of dockerd, back after 2 s", kill_dockerd, wait_for_dockerd, drops=True, alone=True),
        Fault("disk", "the disk of the host's files is full", fill_disk, make_room, alone=True),
        Fault("registry", "the image's registry refuses the connection", lambda scene: None, whole=True),
        Fault(
            "registry-by-hand",
            "an image that no registry gives, written into the stack file",
            name_an_image_that_no_registry_gives,
            take_the_edit_back,
            whole=True,
        ),
        Fault("template", "a broken gateway template", break_template, mend_template, alone=True, whole=True),
    )
}


def _is_below(pid: int, members: list[int]) -> bool:
    """Whether the parent is an nginx too: a worker."""
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return parent in members and processes.command_name(parent) == "nginx"


def _written(descriptor: int, size: int) -> bool:
    try:
        return os.write(descriptor, bytes(size)) > 0
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return False
        raise
