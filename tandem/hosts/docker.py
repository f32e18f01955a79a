"""Docker of an ssh host: the host's own `docker`, over the shared connection. This machine needs none."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from config import ssh
from tandem.docker import ANSWER_LIMIT, Docker, DockerError, DockerMissingError
from tandem.hosts.asking import Answer
from tandem.hosts.link import Link, Unreachable

FRESH = 2.0
"""Seconds for which an answer that was fetched beforehand is as good as a new one."""
NOT_FOUND = 127


class RemoteDocker(Docker):
    """Docker at the other end of a link."""

    def __init__(self, link: Link) -> None:
        super().__init__(ssh.docker_url(link.host))
        self.link = link
        self._known: dict[str, tuple[float, Answer]] = {}

    def know(self, answers: Mapping[str, Answer]) -> None:
        """Takes answers to commands that are about to be asked; each serves once, and soon."""
        now = time.monotonic()
        self._known = {command: (now, answer) for command, answer in answers.items()}

    def forget(self) -> None:
        """Something has changed: nothing is known any more."""
        self._known = {}

    def attach(self, *arguments: str) -> int:
        """See `Docker.attach`."""
        terminal = sys.stdin.isatty() and any(word in arguments for word in ("--tty", "-t"))
        self.forget()
        return subprocess.call(self.link.argv(command(arguments), terminal=terminal))

    def _run(self, *arguments: str, limit: float = ANSWER_LIMIT) -> subprocess.CompletedProcess[str]:
        asked = command(arguments)
        at, known = self._known.pop(asked, (0.0, None))
        if known is None or time.monotonic() - at > FRESH:
            known = self._fetched(asked, limit)
        if known.returncode == NOT_FOUND and "docker" in known.stderr:
            raise DockerMissingError(f"no Docker on {self.link.host.address}; next: tandem bootstrap")
        return known

    def _fetched(self, asked: str, limit: float) -> Answer:
        try:
            done = self.link.run(asked, limit=limit + ANSWER_LIMIT)
        except Unreachable as error:
            raise DockerError(str(error)) from None
        out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(asked, done.returncode, out, err)


def command(arguments: Sequence[str]) -> str:
    """`docker …` as the host's shell takes it."""
    return shlex.join(["docker", *arguments])
