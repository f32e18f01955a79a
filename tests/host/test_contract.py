"""What an app expects of paths in its container: looked at once a release is ready, before it gets traffic."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.host.docker import docker
from tests.host.stage import Stage, until

pytestmark = pytest.mark.host

LOG = (("health", "log"), ("pattern", "^ready"))
KEPT = (
    ("place", "exists,mounted,writable,owner=0:0 /data"),
    ("place", "exists,unmounted,owner=root /etc/passwd"),
    ("place", "exists /etc/*release"),
    ("place", "exists,unwritable /sys"),
    ("place", "absent /app/.env"),
    ("place", "absent /data/*.jsonl"),
)
DATA = ("--mount", "type=tmpfs,target=/data")
NO_SHELL = "rm -f /bin/sh /bin/dash /bin/bash /usr/bin/sh /usr/bin/dash /usr/bin/bash"


def test_a_release_that_is_as_expected_goes_live(serving: Stage) -> None:
    serving.release("blue-22222222", options=DATA)

    assert serving.switch("blue-22222222", "green-11111111", more=KEPT).receipt["release"] == "blue-22222222"
    assert serving.served_by() == "blue-22222222"


@pytest.mark.parametrize(
    ("place", "options", "words"),
    [
        ("exists /app/config", (), "/app/config is not there"),
        ("exists /app/*.conf", (), "/app/*.conf is not there"),
        ("absent /etc/pass*", (), "/etc/passwd is there and must not be"),
        ("exists,owner=65534:65534 /etc/passwd", (), "/etc/passwd belongs to 0:0 (root:root) instead of 65534:65534"),
        ("exists,writable /data", ("-v", "/tmp:/data:ro"), "its user 0:0 cannot write to /data"),
        ("exists,writable /etc/passwd", ("--read-only", "--tmpfs", "/tmp"), "its user 0:0 cannot write to /etc/passwd"),
        ("exists,unwritable /data", DATA, "its user 0:0 can write to /data"),
        ("exists,mounted /etc", (), "nothing that stays is mounted at /etc"),
        ("exists,mounted /data/sub", ("-v", "/data/sub"), "mounted at /data/sub: /data/sub is a volume without a name"),
        ("exists,unmounted /data", ("-v", "/tmp:/data"), "/data is on a mount: /data"),
    ],
)
def test_a_release_that_is_not_gets_no_traffic(
    serving: Stage, place: str, options: tuple[str, ...], words: str
) -> None:
    serving.release("blue-22222222", options=options)
    before = serving.live_file().read_bytes()

    refused = serving.switch("blue-22222222", "green-11111111", more=(("place", place), *KEPT[1:3]))

    assert refused.code == 70, refused.stderr
    assert "web: blue-22222222 does not go live: it is not as the app expects: " in refused.stderr
    assert words in refused.stderr
    assert "web: green-11111111 serves, as before" in refused.stderr
    assert (serving.state("blue-22222222"), serving.served_by()) == ("exited", "green-11111111")
    assert serving.live_file().read_bytes() == before


def test_everything_that_is_not_as_expected_is_said_at_once_and_the_next_release_may_go_live(serving: Stage) -> None:
    serving.release("blue-22222222")
    places = (("place", "exists,mounted,owner=nobody /etc/passwd"), ("place", "absent /etc/passwd"))
    refused = serving.switch("blue-22222222", "green-11111111", more=places)

    assert refused.stderr.splitlines()[0].count("; ") == 2, refused.stderr
    serving.release("blue-33333333", options=DATA)
    assert serving.switch("blue-33333333", "green-11111111", more=KEPT).code == 0


def test_what_served_before_is_not_asked_again_on_the_way_back(serving: Stage) -> None:
    serving.release("blue-22222222", options=DATA)
    serving.switch("blue-22222222", "green-11111111", more=KEPT)

    back = serving.switch("green-11111111", "blue-22222222", more=KEPT)

    assert back.code == 0, back.stderr


def test_a_canary_is_looked_at_before_its_first_share(serving: Stage) -> None:
    serving.release("blue-22222222")

    refused = serving.switch("green-11111111", "blue-22222222", canary=10, more=KEPT)

    assert (refused.code, "blue-22222222 does not go live" in refused.stderr) == (70, True), refused.stderr


def test_an_app_without_a_port_is_looked_at_too(bare: Stage) -> None:
    bare.install()
    bare.release("green-11111111", app="worker", say="ready to accept")
    worker: dict[str, Any] = {"app": "worker", "port": 0, "gateway": None, "health": LOG}

    refused = bare.switch("green-11111111", more=(("place", "exists /nothing"),), **worker)

    assert (refused.code, "green-11111111 does not go live: /nothing is not there" in refused.stderr) == (70, True)
    assert bare.known() == {}
    bare.release("green-22222222", app="worker", say="ready to accept", options=DATA)
    assert bare.switch("green-22222222", more=KEPT, **worker).code == 0


def test_without_a_shell_what_docker_knows_is_looked_at_and_the_rest_is_said(serving: Stage) -> None:
    container = serving.release("blue-22222222", options=("-v", "/tmp:/data:ro"), say="ready")
    until(lambda: "ready" in docker("logs", container))
    docker("exec", container, "sh", "-c", NO_SHELL)
    places = (("place", "exists,writable,owner=0:0 /etc/passwd"), ("place", "absent /nothing"))

    went = serving.switch("blue-22222222", "green-11111111", more=places)

    assert went.code == 0, went.stderr
    assert "web: expects: not looked at: writable /etc/passwd: its image has no sh" in went.stderr
    serving.release("blue-33333333", say="ready")
    docker("exec", serving.container("blue-33333333"), "sh", "-c", NO_SHELL)
    wrong = (("place", "exists,owner=1:1 /etc/passwd"), ("place", "absent /etc/group"), ("place", "exists /nothing"))
    refused = serving.switch("blue-33333333", "blue-22222222", more=wrong)
    assert "/etc/passwd belongs to 0:0 instead of 1:1; /etc/group is there and must not be; /nothing is not" in (
        refused.stderr
    )


def test_the_host_tells_what_is_so_word_by_word(bare: Stage) -> None:
    bare.install()
    container = bare.release("green-11111111", options=DATA)
    spec = f"container {container}\nplace exists,mounted,writable,owner=1 /data\nplace absent /etc/passwd\n"

    told = bare.script("contract", "web", spec)

    assert told.code == 0, told.stderr
    assert {tuple(line.split("\t")) for line in told.stdout.splitlines() if line} == {
        ("exists", "/data", "yes", ""),
        ("writable", "/data", "yes", "0:0"),
        ("owner=1", "/data", "no", "0:0 (root:root)"),
        ("absent", "/etc/passwd", "no", "/etc/passwd"),
        ("mounted", "/data", "yes", "/data"),
        ("end",),
    }
    assert bare.script("contract", "web", "container nosuch\nplace exists /data\n").code == 71


@pytest.mark.parametrize(
    "line", ["place exists", "place /data", "place exists data", "place exists /a b", "place x /a"]
)
def test_a_place_that_is_none_is_refused(bare: Stage, line: str) -> None:
    bare.install()

    assert bare.script("contract", "web", f"container x\n{line}\n").code == 64


def test_a_gateway_that_is_told_nothing_puts_everything_back(serving: Stage) -> None:
    serving.release("blue-22222222")
    before = serving.live_file().read_bytes()
    spec = serving.spec("blue-22222222", "green-11111111", more=KEPT) + "looks 1\nend\n"
    alone = ["docker", "exec", "-i", "-e", "CONTRACT_MS=200", serving.gateway, "/gw/current/bin/switch", "web"]

    # As after the host's half was killed: nobody looks any more.
    left = subprocess.run(alone, input=spec, capture_output=True, text=True, timeout=60, check=False)

    assert (left.returncode, "did not say within" in left.stderr) == (70, True), left.stderr
    assert serving.live_file().read_bytes() == before
    assert serving.switch("blue-22222222", "green-11111111").code == 0


def test_an_answer_to_an_earlier_switch_does_not_count(serving: Stage) -> None:
    state = serving.directory / "state"
    (state / "web.kept").write_text("17 broken nobody of an earlier switch\n")
    (state / "web.ready").write_text("17\n")
    serving.release("blue-22222222", options=DATA)

    assert serving.switch("blue-22222222", "green-11111111", more=KEPT).code == 0
    assert not (state / "web.kept").exists()


def test_what_was_refused_is_tried_again_once_what_was_wrong_is_right(serving: Stage) -> None:
    serving.release("blue-22222222")
    serving.switch("blue-22222222", "green-11111111", more=(("place", "exists /nothing"),))
    assert serving.state("blue-22222222") == "exited"

    again = serving.switch("blue-22222222", "green-11111111")

    assert (again.code, serving.served_by()) == (0, "blue-22222222"), again.stderr
    assert "which an earlier switch refused, is started for another try" in again.stderr


def test_what_was_refused_before_another_one_was_is_tried_again_too(serving: Stage) -> None:
    for release in ("blue-22222222", "blue-33333333"):
        serving.release(release)
        serving.switch(release, "green-11111111", more=(("place", "exists /nothing"),))
    assert (serving.state("blue-22222222"), serving.state("blue-33333333")) == ("exited", "exited")

    again = serving.switch("blue-22222222", "green-11111111")

    assert (again.code, serving.served_by()) == (0, "blue-22222222"), again.stderr
    assert serving.state("blue-33333333") == "exited"
