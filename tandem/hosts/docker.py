"""Docker of an ssh host: the host's own `docker`, over the shared connection. This machine needs none."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence

from config import ssh
from config.hosts import SshHost
from tandem.docker import ANSWER_LIMIT, Docker, DockerError, DockerMissingError
from tandem.hosts.asking import Answer
from tandem.hosts.link import Link, Unreachable

NOT_FOUND = 127
QUESTIONS = (("info",), ("ps",), ("image", "inspect"), ("container", "inspect"), ("volume", "ls"))
"""First words of what changes nothing and is answered at once."""


Fetch = Callable[[str], Answer]
"""The answer to a short question, by the quickest way there is."""


class RemoteDocker(Docker):
    """Docker at the other end of a link."""

    def __init__(self, link: Link) -> None:
        super().__init__(ssh.docker_url(link.host))
        self.link = link
        self.fetch: Fetch | None = None
        """How the host wants to be asked what changes nothing."""

    def attach(self, *arguments: str) -> int:
        """See `Docker.attach`."""
        terminal = sys.stdin.isatty() and any(word in arguments for word in ("--tty", "-t"))
        return subprocess.call(self.link.argv(command(arguments), terminal=terminal))

    def _run(self, *arguments: str, limit: float = ANSWER_LIMIT) -> subprocess.CompletedProcess[str]:
        asked = command(arguments)
        short = limit == ANSWER_LIMIT and any(arguments[: len(words)] == words for words in QUESTIONS)
        try:
            answer = self.fetch(asked) if short and self.fetch else self._ran(asked, limit)
        except Unreachable as error:
            raise DockerError(str(error)) from None
        if answer.returncode == NOT_FOUND and "docker" in answer.stderr:
            raise DockerMissingError(f"no Docker on {self.link.host.address}; next: tandem bootstrap")
        if answer.returncode != 0 and (why := out_of_reach(self.link.host, answer.stderr)):
            raise DockerError(why)
        return answer

    def _ran(self, asked: str, limit: float) -> Answer:
        done = self.link.run(asked, limit=limit + ANSWER_LIMIT)
        out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(asked, done.returncode, out, err)


def command(arguments: Sequence[str]) -> str:
    """`docker …` as the host's shell takes it."""
    return shlex.join(["docker", *arguments])


def out_of_reach(host: SshHost, said: str) -> str | None:
    """Why the machine's Docker takes no question from this user, and the fix; None for any other complaint."""
    if "permission denied" in said and "docker daemon socket" in said.lower():
        return (
            f"permission denied at the Docker daemon socket of {host.address}: {host.user} is not in the group docker; "
            "next: tandem bootstrap"
        )
    if said.startswith("Cannot connect to the Docker daemon"):
        return (
            f"cannot connect to the Docker daemon of {host.address}: it does not run; "
            "next: tandem ssh -- sudo systemctl start docker"
        )
    return None
