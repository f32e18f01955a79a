"""The startup script of an instance on a real machine: disk, mounts, Docker, metadata address; and what waits for it.

The machine has a disk of its own (a loop device), a stand-in for Google's metadata, and for the agent that runs the
script.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator

import pytest

from components.hosts.gce import startup
from config import ssh
from config.gce import GceHost
from config.reach import NOBODYS_KEY
from config.reached import Reached, machine
from tests import stacks
from tests.machine import gce
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind

GB = 1 << 30
SYS_RESOURCE = 24
STAND_IN = "/usr/local/sbin/resize2fs"

# Two network namespaces: one stands for a container, one for Google's side of the metadata address. What goes from one
# to the other is forwarded, as Docker's packets are.
CONTAINER = """
set -e
beside() {
    ip netns add "$1"
    ip link add "$1-0" type veth peer name "$1-1"
    ip link set "$1-1" netns "$1"
    ip address add "$2.1/24" dev "$1-0"
    ip link set "$1-0" up
    ip netns exec "$1" ip address add "$2.2/24" dev "$1-1"
    ip netns exec "$1" ip link set "$1-1" up
    ip netns exec "$1" ip link set lo up
    ip netns exec "$1" ip route add default via "$2.1"
}
sysctl -qw net.ipv4.ip_forward=1
iptables -P FORWARD ACCEPT
beside box 10.201.98
beside google 10.201.99
ip netns exec google ip address add 169.254.169.254/32 dev lo
ip route add 169.254.169.254/32 via 10.201.99.2
for port in 53 80; do
    systemd-run -q ip netns exec google python3 -m http.server --bind 169.254.169.254 $port
    until curl -sf -m 1 -o /dev/null http://169.254.169.254:$port/; do :; done
done
"""


@pytest.fixture(scope="module")
def instance(swept: None) -> Iterator[Machine]:
    """A machine with Docker, a blank data disk and the startup script, which has not run yet."""
    if not gce.LOOPS.exists():
        pytest.skip("no loop devices here")
    with a_machine(Kind()) as made, gce.an_instance(made, 1):
        made.sh(f"printf deploy >{gce.ATTRIBUTES}/tandem-user; cat >{gce.ATTRIBUTES}/startup-script", startup.script())
        yield made


def run(of: Machine) -> subprocess.CompletedProcess[str]:
    return of.run(f"GCE_METADATA_HOST={gce.METADATA} sh {gce.ATTRIBUTES}/startup-script")


def reached(of: Machine, host_key: str | None = None) -> Reached:
    section = GceHost.model_validate(
        {
            **stacks.on_gce()["host"],
            "ssh": {
                "sources": ["127.0.0.1/32"],
                "public_keys": [of.public_key],
                "key": str(of.key),
                "port": of.port,
            },
        }
    )
    return machine(section, "shop", "test", of.address, host_key or of.host_key)


def waits(of: Machine, what: str, words: list[str], seconds: int = 60) -> subprocess.CompletedProcess[str]:
    """As the engine's command does it: the script on stdin, everything else in one line of the shell."""
    line = shlex.join(["sh", "-s", "--", str(seconds), what, "e2-small", *words])
    return subprocess.run(["sh", "-c", line], input=startup.await_script(), capture_output=True, text=True, check=False)


def ground(
    of: Machine, wanted: str, host_key: str | None = None, seconds: int = 60
) -> subprocess.CompletedProcess[str]:
    words = ssh.alone(reached(of, host_key), f"sh -s -- {shlex.quote(wanted)}")
    return waits(of, "ground", words, seconds)


def test_somebody_who_answers_is_enough_and_nobody_need_be_known(instance: Machine) -> None:
    said = waits(instance, "answer", ssh.knock(reached(instance, NOBODYS_KEY)))

    assert said.returncode == 0, said.stderr


def test_another_host_key_than_the_pinned_one_ends_the_waiting_at_once(instance: Machine) -> None:
    said = ground(instance, "1 deploy 1", NOBODYS_KEY)

    assert said.returncode == 1
    assert "next: tandem host-key --replace" in said.stderr


def test_what_the_script_has_not_done_it_is_asked_to_do(instance: Machine) -> None:
    said = ground(instance, f"{startup.version()} deploy 1")

    assert said.returncode == 0, said.stderr
    assert instance.sh("cat /run/tandem-ground") == "1 deploy 1"
    mounted = "findmnt -n -o SOURCE,FSTYPE /mnt/tandem; findmnt -n -o SOURCE /var/lib/docker/volumes; "
    assert "[/volumes]" in instance.sh(mounted)
    assert "deploy" in instance.sh("id -nG deploy; getent group docker")
    assert instance.sh("findmnt -n -o SOURCE /var/lib/tandem").endswith("[/state]")


def test_the_second_time_nothing_changes_and_data_stays(instance: Machine) -> None:
    instance.sh("echo mine >/var/lib/docker/volumes/mine; echo ours >/var/lib/tandem/ours")
    look = "sha256sum /etc/fstab /etc/systemd/system/docker.service.d/* /etc/systemd/system/tandem-metadata.service; "
    look += "blkid -s UUID -o value /dev/disk/by-id/google-tandem-data; iptables -t raw -S; findmnt -rn"
    before = instance.sh(look)
    said = run(instance)

    assert (said.returncode, said.stdout) == (0, "tandem: done: 1 deploy 1\n"), said.stderr
    assert instance.sh(look) == before
    assert instance.sh("cat /mnt/tandem/volumes/mine /mnt/tandem/state/ours") == "mine\nours"


def test_a_disk_that_was_made_larger_is_taken_up_while_it_is_in_use(instance: Machine) -> None:
    instance.sh("truncate -s 2G /var/lib/docker/data.img; losetup -c $(losetup -j /var/lib/docker/data.img -O NAME -n)")
    # The kernel grows what is mounted only for whoever may exceed quotas, which no container here may.
    may = int(instance.sh("awk '/CapEff/ { print $2 }' /proc/self/status"), 16) >> SYS_RESOURCE & 1
    if not may:
        instance.sh(f"printf '%s\\n' '#!/bin/sh' 'echo \"$@\" >>/asked' >{STAND_IN}; chmod 755 {STAND_IN}")
    said = ground(instance, "1 deploy 2")

    assert said.returncode == 0, said.stderr
    if may:
        assert int(instance.sh("findmnt -bn -o SIZE /mnt/tandem")) > 1.8 * GB
    else:
        assert instance.sh("cat /asked") == "/dev/disk/by-id/google-tandem-data"
    assert instance.sh("cat /var/lib/docker/volumes/mine") == "mine"


def test_containers_reach_only_the_dns_of_the_metadata_address(instance: Machine) -> None:
    instance.sh(CONTAINER)
    box = "ip netns exec box curl -s -o /dev/null -m 2 -w '%{http_code}'"

    assert instance.run(f"{box} http://169.254.169.254:53/").stdout == "200"
    assert instance.run(f"{box} http://169.254.169.254/").stdout == "000"
    assert instance.run("curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/").stdout == "200"


def test_docker_starts_only_behind_its_data_and_the_rule(instance: Machine) -> None:
    needs = instance.sh("systemctl show docker.service -p Requires -p After")
    for unit in ("tandem-metadata.service", "var-lib-docker-volumes.mount", "var-lib-tandem.mount"):
        assert needs.count(unit) == 2

    instance.sh("systemctl stop docker.socket docker.service && iptables -t raw -F && iptables -t raw -X")
    instance.sh("systemctl stop tandem-metadata.service && systemctl start docker.service")
    assert "TANDEM-METADATA" in instance.sh("iptables -t raw -S PREROUTING")


def test_a_machine_that_does_something_else_than_what_is_asked_says_what(instance: Machine) -> None:
    said = ground(instance, "2 deploy 2", seconds=1)

    assert said.returncode == 1
    assert "the startup script says: startup-script: tandem: done: 1 deploy 2" in said.stderr
    assert "it left '1 deploy 2' and not '2 deploy 2'" in said.stderr


def test_a_disk_of_somebody_else_is_refused_and_docker_is_left_alone(instance: Machine) -> None:
    other = f"sed 's,^DISK=.*,DISK=/dev/loop-other,' {gce.ATTRIBUTES}/startup-script >/root/other"
    instance.sh(f"{other}; truncate -s 64M /other.img; head -c 1M /dev/urandom | dd of=/other.img conv=notrunc 2>&1")
    instance.sh("ln -s $(losetup -f --show /other.img) /dev/loop-other; sha256sum /other.img >/root/before")
    said = instance.run(f"GCE_METADATA_HOST={gce.METADATA} sh /root/other")
    instance.sh("sha256sum -c /root/before; losetup -d $(readlink /dev/loop-other)")

    assert said.returncode == 70
    assert "nothing was changed. Is it the right disk?" in said.stderr
    assert instance.sh("systemctl is-active docker") == "active"
