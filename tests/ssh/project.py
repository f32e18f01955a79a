"""A throw-away project on a machine behind SSH, as this checkout or another one deploys to it."""

from __future__ import annotations

import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config import names
from config.hosts import SshHost
from tandem.hosts.link import Link
from tests.e2e.project import APP, STACK, Project, write_project_file, write_stack_file
from tests.machine.boot import Machine

WEB = {"web": {**APP, "domains": ["web.localhost"]}}
ROOMS = ("components", "config", "tandem")


@dataclass(frozen=True)
class SshProject(Project):
    """A project whose host is a machine for tests. `ssh_port`: of the machine, or of a relay before it."""

    machine: Machine
    ssh_port: int
    checkout: Path = names.ROOT

    @property
    def host(self) -> Mapping[str, Any]:
        """See `Project.host`."""
        return section(self.machine, port=self.ssh_port)

    @property
    def bind(self) -> str:
        """All addresses: the machine's port is published from elsewhere."""
        return "0.0.0.0"

    @property
    def link(self) -> Link:
        """The way to the machine that the command takes."""
        return Link(SshHost.model_validate(self.host))

    def command(self, *arguments: str) -> list[str]:
        """See `Project.command`; by the code of its own checkout."""
        start = f"import sys; sys.path.insert(0, {str(self.checkout)!r}); from tandem.cli import main; main()"
        where = ["-C", str(self.directory), "--stack", STACK, "--engine", self.engine]
        return [sys.executable, "-c", start, *where, *arguments]

    def docker(self, *arguments: str) -> str:
        """See `Project.docker`: past SSH."""
        done = self.machine.run('exec docker "$@"'.replace('"$@"', " ".join(map(quoted, arguments))))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def elsewhere(self, folder: Path) -> SshProject:
        """Somebody else who deploys the same stack: another folder, another checkout; only the host is the same."""
        checkout = folder / "checkout"
        checkout.mkdir()
        for room in ROOMS:
            shutil.copytree(names.ROOT / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(names.ROOT / "__main__.py", checkout)
        other = replace(self, directory=folder, checkout=checkout)
        write_project_file(other, checkout)
        shutil.copy(self.file, other.file)
        return other


def section(machine: Machine, *, port: int) -> dict[str, Any]:
    """The machine as a stack file describes it."""
    return {
        "kind": "ssh",
        "address": machine.address,
        "port": port,
        "user": machine.user,
        "key": str(machine.key),
        "host_key": machine.host_key,
        "min_free_gb": 1,
    }


@contextmanager
def ssh_project(directory: Path, machine: Machine, *, engine: str, ssh_port: int | None = None) -> Iterator[SshProject]:
    """A project with one app `web` while the block runs; nothing deployed yet, nothing left on the machine."""
    name = f"ssh{uuid.uuid4().hex[:6]}"
    port = ssh_port or machine.port
    made = SshProject(directory, name, machine.gateway_port, engine, machine, port)
    write_project_file(made)
    write_stack_file(made, WEB)
    try:
        yield made
    finally:
        made.link.close()
        wipe(machine, name)
        shutil.rmtree(names.stack_directory(name, STACK), ignore_errors=True)


def wipe(machine: Machine, project: str) -> None:
    """Everything of a project, past SSH."""
    label = f"label={names.LABEL_PROJECT}={project}"
    machine.sh(
        f"for kind in container network volume; do [ $kind = container ] && all=-aq || all=-q; "
        f"docker $kind ls $all --filter {label} | xargs -r docker $kind rm $([ $kind = network ] || echo -f); done; "
        f"rm -rf /var/lib/tandem/{project}-*"
    )


def quoted(word: str) -> str:
    """A word as a shell reads it."""
    return "'" + word.replace("'", "'\\''") + "'"


def master(link: Link) -> int:
    """Process ID of the open connection."""
    said = link._to_master("-O", "check").stderr.decode()
    return int(said.partition("pid=")[2].partition(")")[0])
