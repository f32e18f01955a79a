"""What an ssh host is asked, and how often: every question is a round trip."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.hosts import SshHost
from tandem.engines import StackRef
from tandem.hosts import ssh
from tandem.hosts.asking import Answer
from tandem.hosts.docker import RemoteDocker
from tandem.hosts.link import Link
from tests.stacks import HOST_KEY


class Far(ssh.Ssh):
    """A host whose answers take `way` seconds of a clock that only this moves."""

    def __init__(self, way: float) -> None:
        link = Link(SshHost(kind="ssh", address="203.0.113.7", user="deploy", host_key=HOST_KEY))
        stack = StackRef(Path("/nowhere"), "shop", "prod", Path("/nowhere"))
        super().__init__(stack, link, RemoteDocker(link))
        self.way = way
        self.clock = 0.0
        self.asked: list[Sequence[str]] = []

    def _asked(self, commands: Sequence[str]) -> list[Answer]:
        self.clock += self.way
        self.asked.append(commands)
        return [
            subprocess.CompletedProcess(command, 0, json.dumps({"ServerVersion": "26"}), "") for command in commands
        ]


@pytest.mark.parametrize("way", [0.01, 5.0])
def test_what_was_foreseen_is_not_asked_again_however_far_the_host_is(
    way: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = Far(way)
    monkeypatch.setattr("tandem.hosts.ssh.time.monotonic", lambda: host.clock)
    host.foresee(bind="0.0.0.0", port=80, gateway="shop-prod-gateway", images=["demo:1"])

    host.docker.info()
    host.docker.publishes(80)

    assert len(host.asked) == 1


def test_an_answer_is_given_once_and_not_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Far(0.01)
    monkeypatch.setattr("tandem.hosts.ssh.time.monotonic", lambda: host.clock)
    host.foresee(bind="0.0.0.0", port=80, gateway="shop-prod-gateway", images=[])
    host.docker.info()
    host.docker.info()
    host.clock += 2 * ssh.FRESH
    host.docker.publishes(80)

    assert len(host.asked) == 3
