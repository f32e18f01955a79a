"""The connection to a machine: opened once, shared, and every way in which it fails, by name."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from config import ssh
from config.hosts import Bastion
from tandem.docker import Docker
from tandem.hosts.link import Link, Unreachable
from tests import processes
from tests.host.docker import docker
from tests.machine.boot import Machine
from tests.machine.relay import Relay
from tests.ssh.conftest import host
from tests.ssh.project import master
from tests.stacks import HOST_KEY


@pytest.fixture
def link(shared_machine: Machine) -> Iterator[Link]:
    made = Link(host(shared_machine))
    yield made
    made.close()


def complaint(of: Machine, **changed: object) -> str:
    with pytest.raises(Unreachable) as refusal:
        Link(host(of, **changed)).open()
    assert refusal.value.code == 5
    return str(refusal.value)


def socket_file(link: Link) -> Path:
    return Path(ssh.docker_socket(link.host)).expanduser()


def test_a_command_gets_its_input_and_gives_its_output_and_exit_code(link: Link) -> None:
    done = link.run("cat; echo oops >&2; exit 3", b"said\n")

    assert (done.returncode, done.stdout, done.stderr) == (3, b"said\n", b"oops\n")


def test_many_commands_are_one_connection(shared_machine: Machine) -> None:
    with Relay(shared_machine.address, shared_machine.port) as relay:
        link = Link(host(shared_machine, port=relay.port))
        for _ in range(5):
            link.run("true")
        Docker(link.docker_socket()).info()
        link.close()

        assert relay.connections == 1


def test_the_hosts_docker_answers_on_a_socket_here(link: Link, shared_machine: Machine) -> None:
    docker = Docker(link.docker_socket())

    assert docker.info()["Name"] == shared_machine.sh("hostname")


def test_a_socket_that_a_dead_connection_has_left_is_no_obstacle(link: Link, shared_machine: Machine) -> None:
    link.docker_socket()
    processes.kill(master(link))

    assert socket_file(link).exists()
    assert Docker(link.docker_socket()).info()["Name"] == shared_machine.sh("hostname")


def test_a_socket_that_somebody_has_deleted_is_made_again(link: Link) -> None:
    link.docker_socket()
    socket_file(link).unlink()

    assert Docker(link.docker_socket()).info()


def test_a_connection_that_is_closed_leaves_no_socket(link: Link) -> None:
    link.docker_socket()
    link.close()

    assert not socket_file(link).exists()


def test_a_closed_connection_is_opened_again(link: Link) -> None:
    link.open()
    link.close()
    assert not link.is_open

    assert Docker(link.docker_socket()).info()
    assert link.is_open


def test_a_connection_that_was_cut_is_opened_again(shared_machine: Machine) -> None:
    with Relay(shared_machine.address, shared_machine.port) as relay:
        link = Link(host(shared_machine, port=relay.port))
        link.open()
        relay.cut()

        assert link.run("echo here").stdout == b"here\n"
        link.close()


def test_another_host_key_is_refused_with_both_fingerprints(shared_machine: Machine) -> None:
    said = complaint(shared_machine, host_key=HOST_KEY)

    shown = shared_machine.sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").split()[1]
    assert shown in said
    assert "SHA256:5STj33W0rXDuj7PQjfW4FqepfeTtL9w2R5Xygxi70Xs" in said


def test_an_open_connection_is_no_way_round_the_pin(link: Link, shared_machine: Machine) -> None:
    link.open()

    assert "another host key" in complaint(shared_machine, host_key=HOST_KEY)


def test_a_user_it_does_not_let_in_is_named(shared_machine: Machine) -> None:
    assert "host nobody@127.0.0.1" in complaint(shared_machine, user="nobody")


def test_a_key_that_is_not_there_is_named(shared_machine: Machine, tmp_path: Path) -> None:
    assert f"the key file {tmp_path}/none does not exist" in complaint(shared_machine, key=f"{tmp_path}/none")


def test_a_key_that_opens_nothing_is_named(shared_machine: Machine, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)

    assert f"the key {tmp_path}/key does not open it" in complaint(shared_machine, key=f"{tmp_path}/key")


def test_a_port_where_nobody_listens_is_named(shared_machine: Machine) -> None:
    assert "nobody listens there" in complaint(shared_machine, port=1)


def test_a_name_that_does_not_resolve_is_named(shared_machine: Machine) -> None:
    assert "does not resolve" in complaint(shared_machine, address="nowhere.invalid")


def test_an_address_without_a_route_is_named(shared_machine: Machine) -> None:
    """Nobody has it on the bridge between here and the machine."""
    network = ip_network(docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", "bridge"))

    assert "there is no route" in complaint(shared_machine, address=str(network[-2]), port=22)


def test_a_port_that_says_nothing_is_named(shared_machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "no answer within 10 s" in complaint(shared_machine, port=silent.getsockname()[1])


def test_a_machine_that_hangs_up_is_named(shared_machine: Machine) -> None:
    with Relay(shared_machine.address, 1) as relay:
        assert "hung up" in complaint(shared_machine, port=relay.port)


class TestThroughABastion:
    @pytest.fixture
    def way(self, shared_machine: Machine) -> dict[str, object]:
        machine = shared_machine
        bastion = Bastion(address=machine.address, port=machine.port, user="deploy", host_key=machine.host_key)
        return {"address": machine.ip, "port": 22, "bastion": bastion}

    def test_the_host_is_reached(self, shared_machine: Machine, way: dict[str, object]) -> None:
        link = Link(host(shared_machine, **way))
        came_from = link.run('echo "$SSH_CONNECTION"').stdout.split()[0].decode()
        link.close()

        assert came_from == shared_machine.ip

    def test_another_key_of_the_bastion_is_refused_by_name(
        self, shared_machine: Machine, way: dict[str, object]
    ) -> None:
        wrong = Bastion(address=shared_machine.address, port=shared_machine.port, user="deploy", host_key=HOST_KEY)

        said = complaint(shared_machine, **{**way, "bastion": wrong})

        assert said.startswith("bastion deploy@")
        assert "another host key" in said

    def test_another_key_of_the_host_is_refused_by_name(self, shared_machine: Machine, way: dict[str, object]) -> None:
        said = complaint(shared_machine, **{**way, "host_key": HOST_KEY})

        assert said.startswith("host deploy@")
        assert "another host key" in said
