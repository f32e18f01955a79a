"""A bare machine becomes a host; again, nothing changes; and what is there already is kept."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.machine.artefacts import note
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine, only_in_full
from tests.machine.hosting import NAME, bootstrap_it
from tests.machine.image import Kind

FILES = (
    "find /etc /usr/local /home /root /var/lib/dpkg/info /var/lib/tandem -type f ! -path '*/.cache/*' "
    "-printf '%p %m %u %s %T@\\n' | sort"
)
"""Every file that a bootstrap might touch, with mode, owner, size and time."""

BOX = """
d=$(mktemp -d)
for file in /bin/sleep /usr/bin/python3 $(ldd /bin/sleep /usr/bin/python3 | grep -o '/[^ )]*' | grep -v ':'); do
    install -D "$file" "$d$file"
done
cp -a --parents /usr/lib/python3.* "$d"
tar -C "$d" -cf - . | docker import - box
"""
"""An image without an image: this machine's own `sleep` and Python."""


@pytest.fixture(scope="module", params=["bookworm", pytest.param("trixie", marks=only_in_full)])
def host(request: pytest.FixtureRequest, swept: None) -> Iterator[Machine]:
    """A bare machine after its first bootstrap, by root."""
    with a_machine(Kind(request.param, bare=True)) as bare:
        first = bootstrap_it(bare, admitted=bare.public_key)
        assert first.code == 0, first.said
        assert first.steps["packages"][0] == "changed"
        note(f"bootstrap of a bare {request.param}", first.seconds)
        yield bare


def as_deploy(machine: Machine, command: str) -> subprocess.CompletedProcess[str]:
    """A fresh login of the user who deploys."""
    return subprocess.run(
        machine.ssh(command, "deploy"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_who_deploys_logs_in_with_the_key_uses_docker_and_becomes_root(host: Machine) -> None:
    said = as_deploy(host, "docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}' && sudo -n id -un")

    assert said.stdout.split() == ["true", "json-file", "root"], said.stderr


def test_a_second_run_changes_nothing_whoever_runs_it(host: Machine) -> None:
    before = host.sh(FILES)
    pid = host.sh("cat /run/docker.pid")

    again = bootstrap_it(host, admitted=host.public_key)
    by_user = bootstrap_it(host, by="deploy")

    note(f"second bootstrap of {host.kind.suite}", again.seconds)
    assert (again.code, again.changed, by_user.code, by_user.changed) == (0, [], 0, [])
    assert host.sh(FILES) == before
    assert host.sh("cat /run/docker.pid") == pid


def test_its_settings_are_in_force(host: Machine) -> None:
    sshd = host.sh("sshd -T")
    assert "maxsessions 100" in sshd
    assert "maxstartups 100:30:200" in sshd
    assert "allowstreamlocalforwarding yes" in sshd
    assert host.sh("sysctl -n net.core.somaxconn") == "4096"
    assert "^docker" in host.sh("apt-config dump Unattended-Upgrade::Package-Blacklist")
    assert host.sh(f"stat -c '%U %a' /var/lib/tandem/{NAME} /etc/tandem/self_ed25519").split() == [
        *("deploy", "755"),
        *("deploy", "600"),
    ]
    assert host.sh(f"systemctl is-enabled docker tandem@{NAME} systemd-timesyncd").split() == ["enabled"] * 3
    assert host.sh(f"systemctl is-active docker tandem@{NAME}").split() == ["active"] * 2
    assert host.sh("systemctl --failed --no-legend --plain") == ""


def test_networks_come_from_small_pools(host: Machine) -> None:
    host.sh("docker network create one")
    subnet = host.sh("docker network inspect --format '{{(index .IPAM.Config 0).Subnet}}' one")
    host.sh("docker network rm one")

    assert subnet.startswith("10.201.")
    assert subnet.endswith("/24")


def test_the_machine_reaches_itself_without_a_network(host: Machine) -> None:
    words = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    own = "-o IdentityFile=/etc/tandem/self_ed25519"

    said = as_deploy(host, f"{words} {own} -p {host.port} deploy@{host.address} 'echo $SSH_CONNECTION; id -un'")

    assert said.stdout.split()[-1] == "deploy", said.stderr
    # Nobody listens there inside, so only its own way can have led there; and other ports stay other machines.
    assert as_deploy(host, f"{words} {own} -p {host.port + 1} deploy@{host.address} true").returncode == 255


def test_no_key_of_anybody_is_lost(host: Machine) -> None:
    lines = host.sh("cat /home/deploy/.ssh/authorized_keys").splitlines()

    assert lines[0].split()[-1] == host.name
    assert len(lines) == 2


def test_docker_that_is_there_keeps_its_settings_its_containers_and_its_process(shared_machine: Machine) -> None:
    machine = shared_machine
    own = {
        "log-driver": "local",
        "labels": ["of=somebody"],
        "default-address-pools": [{"base": "10.9.0.0/16", "size": 26}],
    }
    machine.sh("cat >/etc/docker/daemon.json; systemctl restart docker", json.dumps(own))
    machine.sh(BOX)
    machine.sh("docker run -d --name runs box /bin/sleep 600")
    pid = machine.sh("cat /run/docker.pid")

    ran = bootstrap_it(machine)

    assert ran.code == 0, ran.said
    assert "containers run" in ran.steps["docker"][1]
    assert json.loads(machine.sh("cat /etc/docker/daemon.json")) == own | {"live-restore": True}
    assert machine.sh("cat /run/docker.pid") == pid
    assert machine.sh("docker info --format '{{.LiveRestoreEnabled}}'") == "true"
    assert machine.sh("docker inspect --format '{{.State.Running}}' runs") == "true"
    assert bootstrap_it(machine).changed == []
