"""Secrets as files on a machine of its own: a canary that is looked for on its whole disk, and what a reboot does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from config import names
from tests.canary import Canary, Watch, proved
from tests.e2e.project import APP, STACK, Project, Ran, until
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.machine.stack import stack_on

WEB = {**APP, "domains": ["web.localhost"], "secrets": ["API_TOKEN"], "delivery": "files"}
JOB = ["sh", "-c", 'test -s "$API_TOKEN_FILE"']
APPS = {
    "web": {**WEB, "before_switch": {"command": JOB}, "cron": {"night": {"command": JOB, "schedule": "* * * * *"}}},
    "other": {**WEB, "domains": ["other.localhost"], "user": "10001:10001"},
}
DECOYS = ("/root/decoy", "/var/lib/docker/decoy", "/var/lib/tandem/decoy", "/tmp/decoy", "/run/decoy", "/dev/shm/decoy")
CREDS = "/usr/bin/systemd-creds"


@dataclass(frozen=True)
class Host:
    """A machine that serves the stack, the secret, and all that `tandem` said on the way."""

    machine: Machine
    web: Project
    canary: Canary
    said: list[Ran]
    watch: Watch

    def box(self, app: str) -> tuple[str, str]:
        """The release and the container of an app that has one of each."""
        form = '{{.Label "tandem.release"}} {{.ID}}'
        asked = f"docker ps -a --filter label=tandem.role=app --filter label=tandem.app={app} --format '{form}'"
        release, container = self.machine.sh(asked).split()
        return release, container

    def journal(self, unit: str = "*") -> str:
        """What systemd's units said."""
        return self.machine.sh(f"journalctl -u '{unit}' -o cat --no-pager")

    def serves(self, app: str = "web") -> None:
        """Returns once an app answers: that the gateway was started does not say that it listens."""
        until(lambda: self.web.served_by(app)[0] == 200)


@pytest.fixture(scope="module")
def host(swept: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Two apps with the secret as a file; one deploy of it failed on purpose."""
    canary, said = Canary(), []
    with a_machine(Kind()) as machine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("API_TOKEN", canary.value)
        machine.load("demo:1", "demo:2", "tandem-gateway:local")
        with stack_on(machine, tmp_path_factory.mktemp("stack"), apps=APPS) as web:
            with canary.watched(machine) as watch:
                said += [web.ok("deploy", "web", "demo:1"), web.ok("deploy", "other", "demo:1", "--json")]
                machine.sh(f"mount --bind /bin/false {CREDS}")
                said.append(web.run("deploy", "web", "demo:2"))
                machine.sh(f"umount {CREDS}")
                said += [web.ok("up"), web.ok("status"), web.ok("check"), web.ok("logs", "web"), web.ok("history")]
            yield Host(machine, web, canary, said, watch)


def test_the_app_has_it_from_a_file_of_its_user_in_memory(host: Host) -> None:
    assert proved(host.web.port, host.canary) == "file"
    assert proved(host.web.port, host.canary, host="other.localhost") == "file"

    release, box = host.box("other")
    folder = f"/run/tandem-secrets/{host.web.name}-{STACK}/other/{release}"
    told = host.machine.sh(f"stat -c '%a %u:%g' {folder} {folder}/API_TOKEN; stat -f -c %T {folder}")
    assert told.splitlines() == ["500 10001:10001", "400 10001:10001", "tmpfs"]
    written = host.machine.run(f"docker exec {box} sh -c 'echo x >/run/secrets/API_TOKEN'")
    assert "Read-only file system" in written.stderr


def test_the_kernel_keeps_it_out_of_the_swap_where_it_can(host: Host) -> None:
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 4):
        pytest.skip("the kernel knows noswap from 6.4 on")
    assert "noswap" in host.machine.sh("grep ' /run/tandem-secrets ' /proc/mounts")


def test_nothing_that_was_said_tells_it_and_the_failed_command_says_why(host: Host) -> None:
    failed = host.said[2]

    assert failed.code != 0
    assert "the files of web green-" in failed.text and "cannot be sealed" in failed.text
    assert not [one.text for one in host.said if host.canary.is_in(one.text)]
    assert host.web.served_by("web")[0] == 200


def test_no_process_had_it_among_its_words_or_in_its_environment_and_no_temporary_file(host: Host) -> None:
    decoy = Canary()
    with decoy.watched(host.machine) as seen:
        kept = f"echo {decoy.value} >/var/tmp/decoy; DECOY={decoy.value} sleep 1; rm /var/tmp/decoy"
        host.machine.run(f"{kept}; : {decoy.shapes[1].decode()}")

    assert {"cmdline of sh", "environ of sleep", "temporary file /var/tmp/decoy"} <= set(seen.found)
    assert host.watch.found == []
    assert host.watch.rounds > 50


def test_it_is_in_no_file_of_the_disk_whose_search_finds_a_decoy(host: Host) -> None:
    decoy = Canary()
    for place in DECOYS:
        host.machine.sh(f"cat >{place}", f"x{decoy.shapes[2].decode()}x{decoy.value}")
    decoys, _ = decoy.on_disk(host.machine)
    found, looked = host.canary.on_disk(host.machine)
    host.machine.sh(f"rm {' '.join(DECOYS)}")

    assert sorted(decoys) == sorted(DECOYS)
    assert found == []
    assert looked > 300_000_000, "the system, and Docker's data"


def test_docker_and_the_journal_do_not_know_it(host: Host) -> None:
    inspected = host.machine.sh("docker ps -aq | xargs docker inspect; docker image ls -q | xargs docker image inspect")
    logs = host.machine.sh("for box in $(docker ps -aq); do docker logs $box 2>&1; done")
    journal = host.machine.sh("journalctl --no-pager -o export")

    assert "/run/secrets" in inspected
    assert "demo 1" in logs
    assert f"secrets put /run/tandem-secrets/{host.web.name}-{STACK}" in journal, "sudo writes down what it runs"
    assert not [text for text in (inspected, logs, journal) if host.canary.is_in(text)]


def test_this_machine_keeps_it_neither(host: Host) -> None:
    assert host.canary.files(names.stack_directory(host.web.name, STACK)) == []
    assert host.canary.files(host.web.directory) == []


def test_a_reboot_brings_it_back_before_docker_starts(host: Host) -> None:
    host.machine.reboot()
    host.machine.wait()
    host.serves()

    assert proved(host.web.port, host.canary) == "file"
    assert proved(host.web.port, host.canary, host="other.localhost") == "file"
    order = host.journal("docker*") + host.journal("tandem-secrets")
    assert "the secret files of this machine are in memory" in order
    started = {
        unit: int(host.machine.sh(f"systemctl show -P {moment} {unit}"))
        for unit, moment in (
            ("tandem-secrets", "ActiveEnterTimestampMonotonic"),
            ("docker", "ExecMainStartTimestampMonotonic"),
        )
    }
    assert started["tandem-secrets"] < started["docker"]


def test_a_power_cut_does_too(host: Host) -> None:
    host.machine.cut_power()
    host.machine.start()
    host.machine.wait()
    host.serves()

    assert proved(host.web.port, host.canary) == "file"


def test_a_release_whose_files_cannot_come_back_stays_down_alone(host: Host) -> None:
    release, _ = host.box("other")
    twin = f"/var/lib/tandem/secrets/{host.web.name}-{STACK}/other/{release}"
    host.machine.sh(f"cp -p {twin} /root/twin && head -c 60 /root/twin >{twin}")
    host.machine.reboot()
    host.machine.wait()
    host.serves()

    assert proved(host.web.port, host.canary) == "file"
    assert host.web.served_by("other")[0] == 503
    assert f"other {release} stays down: its secrets cannot be unsealed" in host.journal("tandem-secrets")
    assert f"other-{release}" in host.web.ok("status").text
    assert "secret files are not in memory" in host.web.ok("status").text
    again = host.web.run("up")
    assert f"other {release} stays down" in again.text
    assert not host.canary.is_in(host.journal() + again.text)

    host.machine.sh(f"cp -p /root/twin {twin}; rm /root/twin")
    host.web.ok("start")
    assert proved(host.web.port, host.canary, host="other.localhost") == "file"


def test_what_is_sealed_opens_on_no_other_machine_and_under_no_other_name(host: Host) -> None:
    release, _ = host.box("other")
    places = f"/run/tandem-secrets/x /var/lib/tandem/secrets/{host.web.name}-{STACK}"
    stolen = host.machine.run(
        f"/usr/local/lib/tandem/secrets restore {places}; cp -r {places.split()[1]} /root/y; "
        "mkdir -p /root/y/web; mv /root/y/other/* /root/y/web/; "
        "/usr/local/lib/tandem/secrets restore /run/tandem-secrets/y /root/y"
    )

    assert stolen.returncode != 0
    assert f"web {release} stays down" in stolen.stderr
    host.machine.sh("rm -rf /root/y /run/tandem-secrets/x /run/tandem-secrets/y")


def test_a_destroy_leaves_neither_files_nor_twins(host: Host) -> None:
    host.web.ok("destroy", "--yes")

    assert host.machine.sh("find /run/tandem-secrets /var/lib/tandem/secrets 2>/dev/null || :") == ""
    assert host.canary.on_disk(host.machine)[0] == []
