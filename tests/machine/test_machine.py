"""The machine for tests is one: it boots, answers SSH, runs containers, and comes back after a cut."""

from __future__ import annotations

import subprocess

import pytest

from tests.machine import boot
from tests.machine.boot import Machine
from tests.machine.relay import Relay


def ssh(machine: Machine, command: str, *, port: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        machine.ssh(command, port=port),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def through(shared_machine: Machine) -> Relay:
    return Relay(shared_machine.address, shared_machine.port)


def test_who_deploys_uses_docker_and_becomes_root(shared_machine: Machine) -> None:
    said = ssh(shared_machine, "docker info --format '{{.Driver}} {{.LiveRestoreEnabled}}' && sudo -n id -un")

    assert said.stdout.split() == ["overlay2", "true", "root"], said.stderr


def test_the_relay_counts_connections_and_carries_every_byte(shared_machine: Machine, through: Relay) -> None:
    with through as relay:
        relay.delay = 0.02
        said = ssh(shared_machine, "head -c 3000000 /dev/zero | tr '\\0' x", port=relay.port)

        assert said.stdout == "x" * 3_000_000, said.stderr
        assert relay.connections == 1
        assert relay.bytes > 3_000_000


def test_a_cut_ends_what_goes_through_the_relay_and_a_refusal_all_that_comes(
    shared_machine: Machine, through: Relay
) -> None:
    with through as relay:
        with subprocess.Popen(
            shared_machine.ssh("echo here; exec sleep 300", port=relay.port), stdout=subprocess.PIPE, text=True
        ) as going:
            assert going.stdout
            assert going.stdout.readline() == "here\n"
            relay.cut()
            assert going.wait(timeout=30) == 255

        assert ssh(shared_machine, "true", port=relay.port).returncode == 0
        relay.refuse()
        assert "refused" in ssh(shared_machine, "true", port=relay.port).stderr
        relay.accept()
        assert ssh(shared_machine, "true", port=relay.port).returncode == 0


def test_a_machine_comes_back_with_its_key_its_address_and_its_disk(machine: Machine) -> None:
    host_key = machine.host_key
    machine.sh("docker volume create kept")

    machine.cut_power()
    machine.start()
    machine.wait()

    assert machine.host_key == host_key
    assert machine.sh("docker volume ls --quiet") == "kept"
    assert ssh(machine, "true").returncode == 0


def test_machines_are_found_again_as_they_were_made(shared_machine: Machine) -> None:
    assert shared_machine in boot.running()


def test_it_is_laid_out_like_any_debian(shared_machine: Machine) -> None:
    links = ("/bin", "/lib", "/sbin")

    assert shared_machine.sh(f"readlink {' '.join(links)}").split() == [f"usr{link}" for link in links]
    assert shared_machine.sh("systemctl is-system-running") == "running"
