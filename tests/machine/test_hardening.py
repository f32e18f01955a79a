"""hardening: true lets in keys only, and by SSH and the gateway's port only; and never locks anybody out."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.project import until
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.hosting import bootstrap_it
from tests.machine.image import Kind
from tests.machine.test_bootstrap import BOX

RULE = "/etc/ssh/sshd_config.d/06-tandem-hardening.conf"
GATEWAY, OTHER, OWN = 8080, 8081, 8082


@pytest.fixture(scope="module")
def host(swept: None) -> Iterator[Machine]:
    """A machine with a gateway, another published container, and a service of its own, each at its port."""
    with a_machine(Kind()) as made:
        made.sh(BOX)
        for port in (GATEWAY, OTHER):
            made.sh(f"docker run -d --name at-{port} -p {port}:80 box /usr/bin/python3 -m http.server 80")
        made.sh(f"systemd-run --unit=own python3 -m http.server {OWN}")
        until(lambda: all(answers(made, port) for port in (GATEWAY, OTHER, OWN)))
        yield made


def answers(machine: Machine, port: int) -> bool:
    """Whether somebody answers at a port of the machine's address, asked from outside."""
    try:
        with socket.create_connection((machine.ip, port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(4) == b"HTTP"
    except OSError:
        return False


def gets_in(machine: Machine, user: str) -> bool:
    return subprocess.run(machine.ssh("true", user), stdin=subprocess.DEVNULL, check=False).returncode == 0


def test_on_off_and_what_is_open_meanwhile(host: Machine) -> None:
    assert [answers(host, port) for port in (GATEWAY, OTHER, OWN)] == [True, True, True]

    on = bootstrap_it(host, hardening=True, gateway_ports=(GATEWAY,))

    assert on.code == 0, on.said
    assert "proved by a new login of deploy" in on.steps["hardening"][1]
    assert "passwordauthentication no" in host.sh("sshd -T")
    assert [answers(host, port) for port in (GATEWAY, OTHER, OWN)] == [True, False, False]
    assert gets_in(host, "deploy")
    assert host.run("systemctl is-active tandem-put-back.timer").stdout.strip() == "inactive"
    assert bootstrap_it(host, hardening=True, gateway_ports=(GATEWAY,)).changed == []

    off = bootstrap_it(host)

    assert off.code == 0, off.said
    assert [answers(host, port) for port in (GATEWAY, OTHER, OWN)] == [True, True, True]
    assert host.run(f"ls {RULE} /etc/tandem/firewall.nft").stdout == ""


def test_rules_under_which_nobody_gets_in_are_put_back(host: Machine) -> None:
    host.sh("echo DenyUsers deploy >/etc/ssh/sshd_config.d/99-somebody.conf")
    try:
        ran = bootstrap_it(host, hardening=True, gateway_ports=(GATEWAY,))
    finally:
        host.sh("rm /etc/ssh/sshd_config.d/99-somebody.conf; systemctl reload ssh")

    assert ran.code == 70
    assert "deploy could not log in any more" in ran.said
    assert_as_before(host)


def test_a_kill_between_the_rules_and_their_proof_is_mended_by_the_machine(host: Machine) -> None:
    host.sh(
        "mv /usr/bin/ssh /usr/bin/ssh.kept; "
        "printf '#!/bin/sh\\npkill -9 -f host/bootstrap\\n' >/usr/bin/ssh; chmod +x /usr/bin/ssh"
    )
    try:
        ran = bootstrap_it(host, hardening=True, gateway_ports=(GATEWAY,))
    finally:
        host.sh("mv /usr/bin/ssh.kept /usr/bin/ssh")

    assert ran.code != 0
    assert not answers(host, OWN)
    assert host.sh("systemctl is-active tandem-put-back.timer") == "active"
    # What the timer starts after its minute.
    host.sh("systemctl start tandem-put-back.service; systemctl stop tandem-put-back.timer")
    assert_as_before(host)


def assert_as_before(host: Machine) -> None:
    assert [answers(host, port) for port in (GATEWAY, OTHER, OWN)] == [True, True, True]
    assert host.run(f"ls {RULE} /etc/tandem/firewall.nft").stdout == ""
    assert host.run("nft list tables").stdout.count("tandem") == 0
    assert host.run("ip netns list; ip link show tandem-p0").stdout == ""
    assert gets_in(host, "deploy")
    assert gets_in(host, "root")
