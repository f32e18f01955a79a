"""A machine that is not fit is refused by name and with the fix, before anything was changed on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.hosting import NAME, Ran, bootstrap_it
from tests.machine.image import Kind
from tests.machine.test_bootstrap import FILES

UNFIT = 78


@pytest.fixture(scope="module")
def bare(swept: None) -> Iterator[Machine]:
    """A bare machine that every test leaves as it found it, with a user who is nobody."""
    with a_machine(Kind(bare=True)) as made:
        made.sh("useradd --create-home --shell /bin/bash --password '*' somebody; cp -a /root/.ssh /home/somebody")
        made.sh("chown -R somebody:somebody /home/somebody/.ssh")
        yield made


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a machine, how it comes to be so, and what is said about it."""

    said: tuple[str, ...]
    make: str = "true"
    mend: str = "true"
    run: dict[str, Any] = field(default_factory=dict)


OLD_DOCKER = """
printf '#!/bin/sh\\necho Docker version 19.03.15, build 1\\n' >/usr/local/bin/docker; chmod +x /usr/local/bin/docker
"""

WRONG = {
    "operating system": Wrong(
        ("debian 11", "Debian 12, Debian 13 or Ubuntu 24.04"),
        "cp -a /usr/lib/os-release /root/kept; sed -i 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /usr/lib/os-release",
        "mv /root/kept /usr/lib/os-release",
    ),
    "clock fast": Wrong(("clock", "s fast"), run={"now": str(int(time.time()) - 3600)}),
    "clock slow": Wrong(("clock", "s slow", "date -s"), run={"now": str(int(time.time()) + 3600)}),
    "disk": Wrong(("disk", "9999", "docker system df"), run={"min_free_gb": 9999}),
    "no sudo": Wrong(("sudo", "not installed", "tandem bootstrap --as root"), run={"by": "somebody"}),
    "Docker too old": Wrong(("19.03.15", "20.10"), OLD_DOCKER, "rm /usr/local/bin/docker"),
    "podman": Wrong(
        ("podman-docker",),
        "printf '#!/bin/sh\\necho podman version 4.3.1\\n' >/usr/local/bin/docker; chmod +x /usr/local/bin/docker",
        "rm /usr/local/bin/docker",
    ),
    "sshd without its folder": Wrong(
        ("Include /etc/ssh/sshd_config.d/*.conf",),
        "cp -a /etc/ssh/sshd_config /root/kept; sed -i /^Include/d /etc/ssh/sshd_config",
        "mv /root/kept /etc/ssh/sshd_config",
    ),
    "settings cut off": Wrong(("cut off",), run={"settings": "project shop\nstack prod\n"}),
    "settings of a later version": Wrong(("'colour'",), run={"settings": "colour blue\nend\n"}),
    "another engine": Wrong(
        ("'pulumi'", "tandem --engine pulumi"),
        f"mkdir -p /var/lib/tandem/{NAME}; echo pulumi >/var/lib/tandem/{NAME}/engine",
        "rm -r /var/lib/tandem",
        {"engine": "offline"},
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_machine_that_is_not_fit_is_refused_and_left_alone(bare: Machine, what: str) -> None:
    wrong = WRONG[what]
    bare.sh(wrong.make)
    try:
        before = bare.sh(FILES)
        ran = bootstrap_it(bare, **wrong.run)
        assert bare.sh(FILES) == before
    finally:
        bare.sh(wrong.mend)

    assert_refused(ran, wrong.said)


def test_sudo_that_asks_for_a_password_is_none(shared_machine: Machine) -> None:
    shared_machine.sh("mv /etc/sudoers.d/deploy /root/kept")
    try:
        ran = bootstrap_it(shared_machine, by="deploy")
    finally:
        shared_machine.sh("mv /root/kept /etc/sudoers.d/deploy")

    assert_refused(ran, ("sudo", "without a password", "tandem bootstrap --as root"))


def test_a_wrong_clock_is_measured_from_the_client(bare: Machine) -> None:
    ran = bootstrap_it(bare, now="$(($(date +%s) - 55))", min_free_gb=9999)

    assert "disk" in ran.said
    assert "clock" not in ran.said


def test_mirrors_out_of_reach_are_named_and_the_next_run_goes_on(bare: Machine) -> None:
    bare.sh("cp -a /etc/apt/sources.list /root/kept; sed -i 's#://[^/ ]*#://mirror.invalid#' /etc/apt/sources.list")
    try:
        ran = bootstrap_it(bare)
    finally:
        bare.sh("mv /root/kept /etc/apt/sources.list; rm -rf /etc/docker")

    assert ran.code == 70
    assert ran.steps == {}
    assert "mirror.invalid" in ran.said
    assert "are the mirrors of /etc/apt reachable" in ran.said


def test_settings_of_docker_that_are_no_json_are_named_and_left(shared_machine: Machine) -> None:
    shared_machine.sh("cp -a /etc/docker/daemon.json /root/kept; echo '{,' >/etc/docker/daemon.json")
    try:
        ran = bootstrap_it(shared_machine)
        left = shared_machine.sh("cat /etc/docker/daemon.json; ls /etc/docker")
    finally:
        shared_machine.sh("mv /root/kept /etc/docker/daemon.json")

    assert ran.code == 70
    assert "daemon.json is not JSON" in ran.said
    assert left.split() == ["{,", "daemon.json", "key.json"]


def assert_refused(ran: Ran, said: tuple[str, ...]) -> None:
    """One line, with all the words, and no step."""
    assert ran.code == UNFIT, ran.said
    assert ran.steps == {}
    assert len(ran.said.splitlines()) == 1
    assert ran.said.startswith("bootstrap: ")
    for words in said:
        assert words in ran.said
