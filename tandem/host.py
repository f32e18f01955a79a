"""The host of a stack, as the command reaches it: its own scripts, and Docker."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from config import names
from tandem import routing
from tandem.docker import Docker
from tandem.engines import StackRef
from tandem.exits import environment
from tandem.routing import Routing
from tandem.truth import Truth

SERVING_LIMIT = 10.0


class Host:
    """The host of a `local` stack: this machine, its files under the checkout."""

    def __init__(self, stack: StackRef, docker: Docker, directory: Path | None = None) -> None:
        self.docker = docker
        self.labels = {names.LABEL_PROJECT: stack.project, names.LABEL_STACK: stack.stack}
        self.directory = directory or names.host_directory(stack.project, stack.stack)

    def truth(self) -> Truth:
        """Asks the gateway's files and Docker. Raises DockerError, or Stop when the host's own script fails."""
        return Truth(self.routing(), tuple(self.docker.containers(self.labels)))

    def routing(self) -> dict[str, Routing]:
        """What the live files say, by app; empty before the first `up`."""
        if not self.has("serving"):
            return {}
        asked = self.script("serving", limit=SERVING_LIMIT)
        if asked.returncode != 0:
            raise environment(f"serving: {asked.stderr.strip() or f'exit code {asked.returncode}'}")
        said = json.loads(asked.stdout or "{}")
        return {app: routing.read(entry) for app, entry in said.items()}

    def has(self, name: str) -> bool:
        """Whether the host has that script; an older one lacks the newer ones, a new one has none before `up`."""
        return self._path(name).is_file()

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        """Runs one of the host's own scripts with `told` on stdin. Raises Stop when it takes longer than `limit` s."""
        try:
            return subprocess.run(
                ["sh", str(self._path(name)), *arguments],
                input=told,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise environment(f"{self._path(name)} did not end within {limit:g} s") from None

    def _path(self, script: str) -> Path:
        return self.directory / "gateway" / "current" / "host" / script
