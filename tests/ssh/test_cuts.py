"""The connection is cut in the middle of a deploy: what serves stays, the file tells the truth, `up` converges."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import load
from tests.machine.boot import Machine
from tests.machine.relay import Relay
from tests.ssh.project import SshProject, ssh_project

CUTS = 10


@pytest.fixture
def between(stage: Machine) -> Iterator[Relay]:
    with Relay(stage.address, stage.port, delay=0.01) as relay:
        yield relay


@pytest.mark.timeout(900)
def test_a_connection_cut_at_ten_points_of_a_deploy_loses_nothing(
    stage: Machine, between: Relay, tmp_path: Path, engine: str
) -> None:
    with ssh_project(tmp_path, stage, engine=engine, ssh_port=between.port) as web:
        web.ok("deploy", "web", "demo:1")
        before = between.bytes
        web.ok("deploy", "web", "demo:2")
        whole = between.bytes - before
        web.ok("deploy", "web", "demo:1", "--finalize")
        with load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.02) as seen:
            for cut in range(1, CUTS + 1):
                told = cut_after(web, between, whole * cut // (CUTS + 1))
                assert "Traceback" not in told
                assert web.served_by()[0] == 200
                web.ok("up", "--wait")
                status = web.status()
                assert web.served_by() == (200, status["release"])
                known = {status[colour]["container"] for colour in ("blue", "green") if status[colour]}
                assert len(web.containers()) == len(known), (web.containers(), status)
                web.ok("deploy", "web", "demo:1", "--finalize")

    assert seen.lost == 0, str(seen)


def cut_after(web: SshProject, relay: Relay, size: int) -> str:
    """A deploy whose connection is cut once so many bytes went through; what it said on stderr."""
    start = relay.bytes
    process = subprocess.Popen(
        web.command("deploy", "web", "demo:2", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and relay.bytes - start < size:
        pass
    relay.cut()
    said, errors = process.communicate(timeout=120)
    assert json.loads(said.strip().splitlines()[-1]) is not None
    return errors
