"""The connection is cut in the middle of a deploy: what serves stays, the file tells the truth, `up` converges."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from tests import load
from tests.machine.artefacts import note
from tests.machine.boot import Machine
from tests.machine.relay import Relay
from tests.ssh.project import SshProject, ssh_project

CUTS = 10
HITS = 8
"""So many of the cuts must have met a deploy that was at work."""


@dataclass(frozen=True)
class Cut:
    """What one cut did: how the deploy ended, over how many new connections, and which step it named last.

    `lost`: requests until everything was as before again.
    """

    message: int
    code: int
    reopened: int
    reached: str
    lost: int = 0

    @property
    def is_felt(self) -> bool:
        """Whether it broke the deploy, or made it connect anew; else it came when nobody needed the connection."""
        return self.code != 0 or self.reopened > 0


@pytest.fixture
def between(stage: Machine) -> Iterator[Relay]:
    with Relay(stage.address, stage.port, delay=0.01) as relay:
        yield relay


@pytest.mark.timeout(900)
def test_a_connection_cut_at_ten_points_of_a_deploy_loses_nothing(
    stage: Machine, between: Relay, tmp_path: Path, engine: str
) -> None:
    cuts: list[Cut] = []
    with ssh_project(tmp_path, stage, engine=engine, ssh_port=between.port) as web:
        web.ok("deploy", "web", "demo:1")
        whole = messages_of(web, between)
        web.ok("deploy", "web", "demo:1", "--finalize")
        with load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.02) as seen:
            for cut in range(CUTS):
                before = seen.lost
                made = cut_deploy(web, between, 1 + whole * cut // CUTS)
                assert web.served_by()[0] == 200
                web.ok("up", "--wait")
                status = web.status()
                assert web.served_by() == (200, status["release"])
                known = {status[colour]["container"] for colour in ("blue", "green") if status[colour]}
                assert len(web.containers()) == len(known), (web.containers(), status)
                web.ok("deploy", "web", "demo:1", "--finalize")
                cuts.append(replace(made, lost=seen.lost - before))

    note(f"cut at {CUTS} points of a deploy, {engine}", 0, messages=whole, cuts=list(map(asdict, cuts)), load=str(seen))
    assert seen.lost == 0, str(seen)
    assert len([cut for cut in cuts if cut.is_felt]) >= HITS, cuts


def messages_of(web: SshProject, relay: Relay) -> int:
    """How many messages a deploy has sent when its last step is done; then it only asks how it all ended."""
    before = sent = relay.messages
    with subprocess.Popen(
        web.command("deploy", "web", "demo:2", "--json"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as deploy:
        assert deploy.stdout
        for line in deploy.stdout:
            sent = relay.messages if json.loads(line).get("event") == "done" else sent
    assert deploy.returncode == 0
    return sent - before


def cut_deploy(web: SshProject, relay: Relay, message: int) -> Cut:
    """A deploy whose connection, open since before, is cut at one of its messages."""
    web.link.open()
    before = relay.connections
    relay.cut_at(message)
    ran = web.run("deploy", "web", "demo:2", "--json")
    assert relay.has_struck
    assert "Traceback" not in ran.text
    assert ran.summary is not None
    reached = [said["name"] for said in map(json.loads, ran.out.splitlines()) if "name" in said]
    last = reached[-1] if reached else "the first question"
    return Cut(message, ran.code, relay.connections - before, last)
