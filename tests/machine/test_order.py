"""A reboot takes a stack down and up in order; after a power cut everything is back by itself.

The containers are stand-ins with a stack's labels: this is about the machine's unit. `test_lifecycle` has a stack.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine
from tests.machine.hosting import NAME, PROJECT, STACK, bootstrap_it
from tests.machine.image import Kind
from tests.machine.test_bootstrap import BOX

UNIT = f"tandem@{NAME}"
PARTS = {"db": "data", "web": "app", "mail": "worker", "front": "gateway", "clock": "scheduler", "night": "cron"}
"""Container → its role; `data` is any that has no other."""

SERVE = "/usr/bin/python3 -m http.server 80"
LATE = 'import time, os; time.sleep(2); os.execv("/usr/bin/python3", ["python3", "-m", "http.server", "80"])'
SLOW = f"/usr/bin/python3 -c {shlex.quote(LATE)}"
"""An app that takes two seconds until it listens."""


@pytest.fixture(scope="module")
def host(swept: None) -> Iterator[Machine]:
    """A machine with a stack of stand-ins, whose unit is active."""
    with a_machine(Kind()) as made:
        made.sh(BOX)
        assert bootstrap_it(made).code == 0
        for name, role in PARTS.items():
            labels = f"-l tandem.project={PROJECT} -l tandem.stack={STACK} -l tandem.role={role}"
            port = "-l tandem.port=80" if role == "app" else "-l tandem.port=0"
            policy = "no" if role == "cron" else "unless-stopped"
            words = SLOW if role == "app" else SERVE
            made.sh(f"docker run -d --init --name {name} --restart {policy} {labels} {port} box {words}")
        made.sh("docker run -d --init --name stranger --restart unless-stopped box /bin/sleep 10000")
        yield made


def told(machine: Machine, since: str) -> list[str]:
    """What the unit said since then."""
    log = machine.sh(f"journalctl -u {UNIT} --since '{since}' -o cat --no-pager")
    return [line.strip() for line in log.splitlines() if re.match(r"(stopping|starting|ready|all|nothing)\b", line)]


def now(machine: Machine) -> str:
    return machine.sh("date '+%Y-%m-%d %H:%M:%S.%6N'")


def states(machine: Machine) -> dict[str, str]:
    return dict(line.split() for line in machine.sh("docker ps -a --format '{{.Names}} {{.State}}'").splitlines())


def test_a_reboot_goes_down_from_the_gateway_and_comes_up_to_it(host: Machine) -> None:
    began = now(host)

    host.reboot()
    host.wait()

    beside, lines = "stopping beside: mail night", told(host, began)
    assert sorted(lines[2].split()) == sorted(beside.split())
    assert [*lines[:2], *lines[3:]] == [
        "stopping gateway: front",
        "stopping scheduler: clock",
        "stopping app: web",
        "stopping data: db",
        "all is stopped",
        "starting what ran before the shutdown",
        "starting data: db",
        "ready: db",
        "starting app: web",
        "ready: web",
        "starting beside: mail",
        "starting scheduler: clock",
        "starting gateway: front",
        "all is started",
    ]
    # A cron job waits for its time, and whose containers are not ours are Docker's affair.
    assert states(host) == dict.fromkeys((*PARTS, "stranger"), "running") | {"night": "exited"}


def test_what_was_stopped_by_hand_stays_down(host: Machine) -> None:
    host.sh("docker stop mail")
    host.reboot()
    host.wait()

    assert states(host)["mail"] == "exited"
    host.sh("docker start mail")


def test_after_a_power_cut_all_is_back_and_the_unit_waits_in_order(host: Machine) -> None:
    began = now(host)

    host.cut_power()
    host.start()
    host.wait()

    assert told(host, began)[0].startswith("nothing is written down")
    assert [line for line in told(host, began) if line.startswith("ready")] == ["ready: db", "ready: web"]
    assert all(states(host)[name] == "running" for name in (*PARTS, "stranger") if name != "night")


def test_a_power_cut_in_the_middle_of_a_shutdown_is_one_of_a_shutdown(host: Machine) -> None:
    host.sh(f"systemctl stop {UNIT}")
    assert states(host)["web"] == "exited"

    host.cut_power()
    host.start()
    host.wait()

    assert states(host) == dict.fromkeys((*PARTS, "stranger"), "running") | {"night": "exited"}


def test_a_restart_of_docker_stops_nothing(host: Machine) -> None:
    before = host.sh("docker inspect --format '{{.State.StartedAt}}' web")

    host.sh("systemctl restart docker")

    assert host.sh("docker inspect --format '{{.State.StartedAt}}' web") == before
    assert host.sh(f"systemctl is-active {UNIT}") == "active"


def test_one_that_stays_silent_does_not_keep_the_gateway_down(host: Machine) -> None:
    host.sh("sed -i s/MORE=10/MORE=1/ /usr/local/lib/tandem/ordered")
    host.sh(
        f"docker run -d --init --name mute -l tandem.project={PROJECT} -l tandem.stack={STACK} -l tandem.role=app "
        "-l tandem.port=80 box /bin/sleep 10000"
    )
    began = now(host)

    host.sh(f"systemctl restart {UNIT}")

    log = host.sh(f"journalctl -u {UNIT} --since '{began}' -o cat --no-pager")
    assert "not ready in time: mute" in log
    assert states(host)["front"] == "running"
    assert host.sh(f"systemctl is-active {UNIT}") == "active"
