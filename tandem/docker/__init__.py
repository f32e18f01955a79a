"""The command's only door to Docker: the `docker` CLI, aimed at the stack's own endpoint.

The CLI and not the SDK: it starts in 20 ms (the SDK's import takes 250) and streams logs and terminals by itself.
`DOCKER_HOST` and `DOCKER_CONTEXT` never decide where a stack lives; the endpoint is always said.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tandem.docker import platforms, questions

LOCAL = "unix:///var/run/docker.sock"
STRAY = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_SSH_OPTS")
ANSWER_LIMIT = 20.0
"""Seconds a question to Docker may take: a hanging daemon must not hang the command."""

START_LIMIT = 60.0
GRACE = 10
"""Seconds between TERM and KILL of a container that was made without a word about it."""


class DockerError(Exception):
    """Docker did not do it. `str` is its own message."""


class DockerMissingError(DockerError):
    """The `docker` binary is not on PATH."""


@dataclass(frozen=True)
class Container:
    """One container of a stack, as its labels tell. `state`: running, exited, created, restarting, paused, dead."""

    id: str
    name: str
    state: str
    role: str = "app"
    app: str = ""
    colour: str = ""
    release: str = ""
    image: str = ""
    engine: str = ""
    port: str = ""


@dataclass(frozen=True)
class Image:
    """An image: its ID (`sha256:…`), the digests registries know it by (`repo@sha256:…`), and its bytes.

    `variables`: names that its own ENV gives a value; `user`: whom it runs as, "" = root; `platform`: `linux/arm64`.
    """

    id: str
    digests: tuple[str, ...] = field(default=())
    size: int = 0
    variables: frozenset[str] = frozenset()
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    platform: str = ""


class Docker:
    """Docker at one endpoint, for example `unix:///var/run/docker.sock`."""

    def __init__(self, endpoint: str = LOCAL) -> None:
        self.endpoint = endpoint
        self._pinned: dict[str, Image] = {}
        """Images by what names them for ever, an ID or a digest."""

    def info(self) -> Mapping[str, Any]:
        """What the daemon says of itself (`docker info`); raises DockerError with the daemon's own words."""
        said: dict[str, Any] = json.loads(self._ask(*questions.INFO) or "{}")
        if said.get("ServerErrors"):
            raise DockerError("; ".join(said["ServerErrors"]))
        return said

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """Every container with these labels, running or not, newest first."""
        rows = self._ask(*questions.containers(labels)).splitlines()
        return [Container(*row.split("\t")) for row in rows if row]

    def image(self, reference: str) -> Image | None:
        """The local image of that name, digest or ID; None when there is none."""
        if reference in self._pinned:
            return self._pinned[reference]
        asked = self._run(*questions.image(reference))
        if asked.returncode != 0:
            if "no such image" in asked.stderr.lower():
                return None
            raise DockerError(asked.stderr.strip())
        found = json.loads(asked.stdout)[0]
        config = found.get("Config") or {}
        pairs = (one.partition("=") for one in config.get("Env") or ())
        image = Image(
            found["Id"],
            tuple(found.get("RepoDigests") or ()),
            int(found.get("Size") or 0),
            frozenset(name for name, _, value in pairs if value),
            config.get("User") or "",
            tuple(config.get("Entrypoint") or ()),
            platforms.joined(found.get("Os"), found.get("Architecture"), found.get("Variant")),
        )
        self._pinned |= dict.fromkeys((image.id, *image.digests), image)
        return image

    def pull(self, reference: str, limit: float) -> None:
        """Pulls an image within `limit` seconds; raises DockerError with the registry's own words."""
        self._ask("pull", "--quiet", reference, limit=limit)

    def publishes(self, port: int) -> list[str]:
        """Names of the running containers that publish this host port."""
        return self._ask(*questions.publishers(port)).split()

    def running_in(self, network: str) -> list[str]:
        """Names of the running containers in this network, whoever made them."""
        return self._ask(*questions.inhabitants(network)).split()

    def mount(self, container: str, target: str) -> str | None:
        """What the container mounts at `target` (its path on the host); None without container or mount."""
        asked = self._run(*questions.mounts(container))
        mounts = json.loads(asked.stdout) if asked.returncode == 0 else []
        return next((mount["Source"] for mount in mounts if mount.get("Destination") == target), None)

    def variables(self, container: str) -> dict[str, bool]:
        """Variables of a container's environment → whether they have a value, which stays where it is."""
        rows = self._ask(*questions.variables(container)).splitlines()
        return {name: state == "set" for name, _, state in (row.partition("\t") for row in rows) if name}

    def memory_limits(self, containers: Sequence[str]) -> dict[str, int]:
        """Container ID → bytes it may use; 0 = as much as there is. What is gone by now is left out."""
        if not containers:
            return {}
        asked = self._run("container", "inspect", *containers, "--format", "{{.Id}} {{.HostConfig.Memory}}")
        rows = [line.split() for line in asked.stdout.splitlines()]
        return {row[0]: int(row[1]) for row in rows if row}

    def has_program(self, image: str, program: str, user: str | None = None) -> bool | None:
        """Whether a container of this image would find a program; None where the image has no shell to ask."""
        absent = 44
        script = f'command -v "$1" >/dev/null 2>&1 || exit {absent}'
        only = ["--rm", "--pull", "never", "--network", "none", *(["--user", user] if user else [])]
        words = ["run", *only, "--entrypoint", "sh", image, "-c", script, "sh", program]
        code = self._run(*words, limit=START_LIMIT).returncode
        return {0: True, absent: False}.get(code)

    def execute(self, container: str, *command: str, limit: float) -> subprocess.CompletedProcess[str]:
        """Runs a command in a container, without stdin, within `limit` seconds."""
        return self._run("exec", container, *command, limit=limit)

    def start(self, *containers: str) -> None:
        """Starts stopped containers, one after the other."""
        self._ask("start", *containers, limit=START_LIMIT)

    def stop(self, *containers: str) -> None:
        """Stops running containers, all at once, each with the grace it was made with."""
        graces = self._ask("container", "inspect", *containers, "--format", "{{json .Config.StopTimeout}}").split()
        longest = max((int(grace) for grace in graces if grace.isdigit()), default=GRACE)
        self._ask("stop", *containers, limit=max(longest, GRACE) + ANSWER_LIMIT)

    def image_of(self, container: str) -> str:
        """The ID of the image that a container was made of."""
        return self._ask("container", "inspect", container, "--format", "{{.Image}}").strip()

    def run(self, *arguments: str) -> str:
        """Starts a container in the background; its ID."""
        return self._ask("run", "--detach", *arguments, limit=START_LIMIT).strip()

    def log(self, container: str) -> str:
        """What a container has said since its last end; of one that never ended, all."""
        ended = self._ask("container", "inspect", container, "--format", "{{.State.FinishedAt}}").strip()
        since = [] if ended.startswith("0001-") else ["--since", ended]
        asked = self._run("logs", *since, container)
        return asked.stdout + asked.stderr

    def stats(self, *containers: str) -> list[dict[str, str]]:
        """What running containers use this moment, as `docker stats` says it; it measures for about two seconds."""
        rows = self._ask("stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *containers).splitlines()
        return [json.loads(row) for row in rows if row]

    def remove(self, container: str) -> None:
        """Stops and removes a container."""
        self._ask("rm", "--force", container)

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        """Names of the volumes with these labels."""
        return self._ask("volume", "ls", "--quiet", *questions.filters(labels)).split()

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        """Removes volumes with their data."""
        if volumes:
            self._ask("volume", "rm", *volumes)

    def attach(self, *arguments: str) -> int:
        """Runs docker on this terminal (logs, exec) and returns its exit code."""
        try:
            return subprocess.call(self._command(arguments), env=environment())
        except FileNotFoundError:
            raise DockerMissingError("docker is not on PATH") from None

    def _ask(self, *arguments: str, limit: float = ANSWER_LIMIT) -> str:
        asked = self._run(*arguments, limit=limit)
        if asked.returncode != 0:
            raise DockerError(asked.stderr.strip() or f"docker {arguments[0]}: exit code {asked.returncode}")
        return asked.stdout

    def _run(self, *arguments: str, limit: float = ANSWER_LIMIT) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                self._command(arguments),
                capture_output=True,
                text=True,
                timeout=limit,
                env=environment(),
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except FileNotFoundError:
            raise DockerMissingError("docker is not on PATH") from None
        except subprocess.TimeoutExpired:
            raise DockerError(f"docker {arguments[0]} did not answer within {limit:g} s") from None

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["docker", "--host", self.endpoint, *arguments]


def environment() -> dict[str, str]:
    """This process's environment without what would send Docker elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in STRAY}
