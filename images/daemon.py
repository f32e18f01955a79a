"""What building asks of Docker, through its API: the classic builder, which every daemon has."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import docker
import requests

from config.names import LABEL_ROLE
from images.progress import Progress

PROBE_LIMIT = 5
"""Seconds for a registry to answer."""

PULL_LIMIT = 240
"""Seconds for a base image to arrive."""

PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


class BuildError(Exception):
    """An image cannot be made; the text says why and what to do."""


class Daemon:
    """This machine's Docker."""

    def __init__(self) -> None:
        try:
            self._api = docker.APIClient(version="auto", timeout=600)
            self._probe = docker.APIClient(version="auto", timeout=PROBE_LIMIT)
        except docker.errors.DockerException as error:
            raise BuildError(f"Docker does not answer ({error}); `sh setup/docker` says what is wrong") from None

    def id_of(self, image: str) -> str | None:
        """The image's ID; None when it is not here."""
        try:
            return str(self._api.inspect_image(image)["Id"])  # type: ignore[no-untyped-call]
        except docker.errors.ImageNotFound:
            return None

    def has(self, image: str) -> bool:
        """Whether the image is here."""
        return self.id_of(image) is not None

    def registry_has(self, image: str) -> bool:
        """Whether the daemon reaches a registry that has the image; never longer than the limit."""
        try:
            self._probe.inspect_distribution(image)  # type: ignore[no-untyped-call]
        except (docker.errors.APIError, requests.RequestException):
            return False
        return True

    def pull(self, image: str, progress: Progress) -> bool:
        """Pull within the limit; False when that failed, and why has been said.

        By the command, because a request of the API cannot be given a limit in all; when the command is killed, the
        daemon stops pulling.
        """
        progress.say(f"pulling {image}")
        try:
            subprocess.run(
                ["docker", "pull", "-q", image], check=True, timeout=PULL_LIMIT, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            progress.say(f"{image} did not arrive within {PULL_LIMIT} s")
            return False
        except subprocess.CalledProcessError as error:
            progress.say(f"{image} cannot be pulled: {error.stderr.strip()}")
            return False
        return True

    def build(self, context: Path, *, tag: str, arguments: Mapping[str, str], progress: Progress) -> None:
        """Build a context on the host's network, with this machine's proxies; the tag appears when all is done."""
        events = self._api.build(
            path=str(context),
            tag=tag,
            buildargs={**proxies(os.environ), **arguments},
            network_mode="host",
            labels={LABEL_ROLE: "image"},
            rm=True,
            forcerm=True,
            decode=True,
        )
        progress.follow(tag, output(events, tag))

    def tag(self, image: str, alias: str) -> None:
        """Let `alias` name `image` from now on."""
        repository, _, name = alias.partition(":")
        self._api.tag(image, repository, name, force=True)


def output(events: Iterator[dict[str, Any]], tag: str) -> Iterator[str]:
    """The builder's output, line by line; its error as ours, with what it printed last."""
    last: list[str] = []
    for event in events:
        if "error" in event:
            raise BuildError(f"{tag}: {event['error'].strip()}\n" + "\n".join(f"  {line}" for line in last[-15:]))
        for line in event.get("stream", "").splitlines():
            if line.strip():
                last.append(line)
                yield line


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """Proxy settings as build arguments, which Docker knows without declaration and keeps out of the image."""
    found = {name: env.get(name) or env.get(name.upper()) for name in PROXIES}
    return {name: value for name, value in found.items() if value}
