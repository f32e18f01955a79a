"""A stack under load on a machine that reboots and one that loses its power: it is back by itself, in order."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests import load
from tests.e2e.project import STACK, Project, until
from tests.machine.artefacts import note
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.image import Kind
from tests.machine.outage import Lookout, Outage, watching
from tests.machine.stack import stack_on


@pytest.fixture(scope="module")
def host(swept: None) -> Iterator[Machine]:
    with a_machine(Kind()) as made:
        made.load("demo:1", "demo:2", "tandem-gateway:local")
        yield made


@pytest.fixture(scope="module")
def web(host: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The app `web` serves on the machine."""
    with stack_on(host, tmp_path_factory.mktemp("stack")) as made:
        made.ok("up", "--yes")
        made.ok("deploy", "--yes", "web=demo:1")
        yield made


def told(machine: Machine, web: Project, since: str) -> list[str]:
    log = machine.sh(f"journalctl -u tandem@{web.name}-{STACK} --since '{since}' -o cat --no-pager")
    return [line.strip() for line in log.splitlines() if line.startswith(("stopping", "starting", "ready", "nothing"))]


def ended(lookout: Lookout, since: float) -> Outage:
    """The outage once it is over."""
    until(lambda: lookout.outage(since) is not None, 90)
    found = lookout.outage(since)
    assert found is not None
    return found


def test_a_reboot_under_load(host: Machine, web: Project) -> None:
    before = web.status()
    began = host.sh("date '+%Y-%m-%d %H:%M:%S.%6N'")
    with (
        load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.05) as tally,
        watching(web.port, "web.localhost") as lookout,
    ):
        until(lambda: tally.status[200] > 50)
        at = time.monotonic()
        host.reboot()
        on = time.monotonic()
        host.wait()
        found = ended(lookout, at)

    lines = told(host, web, began)
    note(
        "reboot: nobody answers for",
        found.seconds,
        order_to_first_answer=round(found.first, 2),
        power_on_at=round(on - at, 2),
        order=lines,
        load=str(tally),
    )
    stages = [line.split()[1].rstrip(":") for line in lines if line.startswith(("stopping", "starting"))]
    assert stages == ["gateway", "app", "what", "app", "gateway"]
    assert web.gateway in lines[0]
    assert web.status()["live"] == before["live"]
    counts = web.ok("up", "--yes", "--json").summary["summary"]
    assert [counts[operation] for operation in ("create", "update", "replace", "delete")] == [0, 0, 0, 0]


def test_a_power_cut_under_load(host: Machine, web: Project) -> None:
    before = web.status()
    began = host.sh("date '+%Y-%m-%d %H:%M:%S.%6N'")
    with (
        load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.05) as tally,
        watching(web.port, "web.localhost") as lookout,
    ):
        until(lambda: tally.status[200] > 50)
        at = time.monotonic()
        host.cut_power()
        host.start()
        on = time.monotonic()
        host.wait()
        found = ended(lookout, at)

    lines = told(host, web, began)
    note(
        "power cut: nobody answers for",
        found.seconds,
        cut_to_first_answer=round(found.first, 2),
        power_on_at=round(on - at, 2),
        order=lines,
        load=str(tally),
    )
    assert lines[0].startswith("nothing is written down")
    assert [line.split(":")[0] for line in lines[1:]] == ["starting app", "ready", "starting gateway"]
    assert web.status()["live"] == before["live"]


def test_a_deploy_follows_a_reboot_as_ever(host: Machine, web: Project) -> None:
    web.ok("deploy", "--yes", "web=demo:2")

    assert web.served_by()[0] == 200


def test_destroy_takes_back_what_the_bootstrap_made_but_docker_and_the_user(host: Machine, web: Project) -> None:
    web.ok("destroy", "--yes")

    left = "ls -d /etc/tandem /usr/local/lib/tandem /var/lib/tandem/* /etc/ssh/ssh*_config.d/*tandem*"
    assert host.run(left).stdout == ""
    assert "tandem" not in host.run("systemctl list-unit-files --no-legend 'tandem*'").stdout
    assert host.sh("docker ps --all --quiet") == ""
    assert host.sh("id -nG deploy").split() == ["deploy", "docker"]


def test_who_is_not_in_the_group_docker_gets_in_and_goes_on_at_once(host: Machine, web: Project) -> None:
    # A stack that is not there yet: only its first `up` has a reason to look at the user.
    web.run("destroy", "--yes")
    host.sh("gpasswd --delete deploy docker")

    web.ok("up", "--yes")

    assert host.sh("id -nG deploy").split() == ["deploy", "docker"]
