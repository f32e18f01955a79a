"""A connection that dies without a word: neither end is told, and both come to an end by themselves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import load, processes
from tests.e2e.project import until
from tests.machine.boot import Machine
from tests.machine.relay import Relay
from tests.ssh.project import SshProject, master, ssh_project

RELEASED = 60.0
"""Seconds the host gets for what takes it 20 to 25; on a busy machine everything takes longer."""


@pytest.fixture
def between(stage: Machine) -> Iterator[Relay]:
    with Relay(stage.address, stage.port) as relay:
        yield relay


@pytest.fixture
def far(stage: Machine, between: Relay, tmp_path: Path, engine: str) -> Iterator[SshProject]:
    """A project behind the relay, demo:1 live."""
    with ssh_project(tmp_path, stage, engine=engine, ssh_port=between.port) as made:
        made.ok("deploy", "web", "demo:1")
        yield made


def is_held(web: SshProject) -> bool:
    return web.machine.run(f"flock -n /var/lib/tandem/{web.name}-e2e/lock true").returncode != 0


def keepers(web: SshProject) -> str:
    """What holds, or held, the stack's lock and still runs on the machine."""
    return web.machine.run(f"pgrep -f '[k]eep /var/lib/tandem/{web.name}-e2e'").stdout


@pytest.mark.timeout(600)
def test_a_host_that_goes_silent_in_the_middle_of_a_deploy_serves_on_and_the_command_ends(
    far: SshProject, between: Relay
) -> None:
    before = between.messages
    far.ok("deploy", "web", "demo:2")
    whole = between.messages - before
    with load.background(far.port, header="web.localhost", clients=4, fresh=2, think=0.02) as seen:
        between.silence_at(whole // 2)
        ran = far.run("deploy", "web", "demo:3")
        assert between.has_struck
        until(lambda: not is_held(far), RELEASED)
        between.speak()
        far.ok("up", "--wait")

    assert ran.code in (1, 5), ran.text
    assert "Traceback" not in ran.text
    assert "tandem up" in ran.text, ran.text
    assert far.served_by() == (200, far.status()["release"])
    assert seen.lost == 0, str(seen)


@pytest.mark.timeout(600)
def test_the_host_lets_go_of_a_stack_whose_deployer_has_vanished(far: SshProject, between: Relay) -> None:
    process = subprocess.Popen(
        far.command("deploy", "web", "demo:2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: is_held(far))
    connection = master(far.link)
    between.silence()
    processes.kill(connection, *processes.family(process.pid))
    process.wait()
    between.speak()

    assert far.run("up").code == 4
    until(lambda: not is_held(far), RELEASED)
    far.ok("up", "--wait")
    assert far.served_by() == (200, far.status()["release"])
    until(lambda: not keepers(far), RELEASED)
