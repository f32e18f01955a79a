"""A HOSTDIR with the scripts of `jobs`, containers that are only made, and a scheduler: what those tests act on."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

from components import archive
from components.jobs import scheduler
from tests.host.docker import docker, labels
from tests.host.stage import INSTALL, SCOPE, Outcome

RELEASE = "green-1a2b3c4d"


class Workshop:
    """Starts nothing by itself; `close` removes all that was made."""

    def __init__(self, image: str, directory: Path) -> None:
        self.image = image
        self.host = directory / "host"
        self.containers: list[str] = []
        tree = scheduler.tree()
        arguments = ["sh", str(INSTALL), str(self.host), "jobs", archive.digest(tree)]
        subprocess.run(arguments, input=archive.pack(tree), text=True, check=True, timeout=60)
        for place in ("log", "state/cron"):
            (self.directory / place).mkdir(parents=True)

    @property
    def directory(self) -> Path:
        """HOSTDIR/jobs."""
        return self.host / "jobs"

    def close(self) -> None:
        """Remove every container."""
        for container in self.containers:
            docker("rm", "-fv", container, check=False)

    def made(self, script: str, *options: str) -> str:
        """A container that is made but not started, as the program makes them; `script` is its shell script."""
        name = f"job-{uuid.uuid4().hex[:8]}"
        self.containers.append(name)
        shell = ("--entrypoint", "sh", self.image, "-c", script)
        docker("create", "--name", name, *labels(SCOPE), "--stop-timeout", "1", *options, *shell)
        return name

    def started(self, script: str, *options: str) -> str:
        """The same, running."""
        name = self.made(script, *options)
        docker("start", name)
        return name

    def runs(self, container: str) -> list[str]:
        """The lines that all runs of a container have written."""
        return docker("logs", container).splitlines()

    def state(self, container: str) -> str:
        """Docker's word for how it is."""
        return docker("inspect", "-f", "{{.State.Status}}", container)

    def command(self, script: str, *arguments: str) -> list[str]:
        """The command line of one of `current/host/*`."""
        return [str(self.directory / "current" / "host" / script), "web", *arguments]

    def script(self, script: str, told: str, *arguments: str, end: str = "end\n") -> Outcome:
        """Run it to its end."""
        done = subprocess.run(
            self.command(script, *arguments), input=told + end, capture_output=True, text=True, timeout=90, check=False
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def job(self, container: str, *, kind: str = "before_switch", timeout: int = 30, release: str = RELEASE) -> Outcome:
        """Run a release's job."""
        return self.script("job", told(container, kind=kind, timeout=timeout, release=release))

    def marker(self, kind: str = "before_switch") -> Path:
        """What remembers that a release's job is done."""
        return self.directory / "state" / "done" / f"web.{kind}.1a2b3c4d"

    # The scheduler

    def start_scheduler(self) -> str:
        """A container hardened and mounted as the program has it, that waits to be told what to run."""
        name = f"scheduler-{uuid.uuid4().hex[:8]}"
        self.containers.append(name)
        docker(
            *("run", "-d", "--init", "--name", name, *labels(SCOPE), "--network", "none", "--read-only"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "-v", f"{self.directory}:/jobs:ro"),
            *("-v", f"{self.directory}/log:/log", "-v", f"{scheduler.SOCKET}:{scheduler.SOCKET}"),
            *("--entrypoint", "sleep", self.image, "3600"),
        )
        return name

    def table(self, *lines: str) -> Outcome:
        """Tell the scheduler what web has."""
        return self.script("cron", "".join(f"cron {line}\n" for line in lines), "set")


def told(container: str, *, kind: str = "before_switch", timeout: int = 30, release: str = RELEASE) -> str:
    """What `job` is told, but for its end."""
    return f"job {kind}\nrelease {release}\nimage demo:1\ncontainer {container}\ntimeout {timeout}\ngrace 1\n"


def line(container: str, *, name: str = "tidy", schedule: str = "* * * * *", zone: str = "UTC", limit: int = 60) -> str:
    """A line of the scheduler's table."""
    return "\t".join([name, schedule, zone, str(limit), container])
