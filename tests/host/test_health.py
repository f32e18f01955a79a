"""Health that the host asks for, and apps that nobody calls."""

from __future__ import annotations

import pytest

from tests.host.docker import docker
from tests.host.stage import Stage, until

pytestmark = pytest.mark.host

EXEC = (("health", "exec"), ("arg", "sh"), ("arg", "-c"), ("arg", "test -f '/tmp/conf'"))
LOG = (("health", "log"), ("pattern", "^ready to (accept|serve)$"))


def test_exec_health_passes_its_arguments_as_they_are(stage: Stage) -> None:
    stage.release("green-11111111", boot=0.5)

    receipt = stage.switch("green-11111111", health=EXEC).receipt

    assert receipt["ready_ms"] > 300
    assert stage.served_by() == "green-11111111"


def test_log_health_waits_for_its_line(stage: Stage) -> None:
    stage.release("green-11111111", boot=0.5, say="ready to serve")

    assert stage.switch("green-11111111", health=LOG).receipt["ready_ms"] > 300


def test_a_candidate_whose_command_never_passes_is_refused(stage: Stage) -> None:
    stage.release("green-11111111")

    refused = stage.switch("green-11111111", health=(("health", "exec"), ("arg", "false")), timeout=1)

    assert (refused.code, "by its exec health check" in refused.stderr) == (70, True), refused.stderr
    assert stage.state("green-11111111") == "exited"


def test_a_candidate_that_exits_before_its_line_is_refused(stage: Stage) -> None:
    stage.release("green-11111111", crash=True, boot=0.5)

    refused = stage.switch("green-11111111", health=LOG)

    assert (refused.code, "fatal: no database" in refused.stderr) == (71, True), refused.stderr


def test_an_app_without_a_port_is_switched_without_a_gateway(bare: Stage) -> None:
    bare.install()
    for release in ("green-11111111", "blue-22222222"):
        bare.release(release, app="worker", say="ready to accept")

    first = bare.switch("green-11111111", app="worker", port=0, gateway=None, health=LOG).receipt
    second = bare.switch("blue-22222222", app="worker", port=0, gateway=None, health=LOG).receipt

    assert (first["from"], second["from"], second["moved"]) == (None, "green-11111111", True)
    assert bare.known() == {"worker": {"live": "blue-22222222", "releases": ["blue-22222222"]}}
    assert bare.script("close", "worker", bare.spec(None, app="worker", gateway=None)).code == 0
    assert bare.known() == {}


def test_an_app_without_a_port_has_no_canary_and_keeps_receipts(bare: Stage) -> None:
    bare.install()
    for release in ("green-11111111", "blue-22222222"):
        bare.release(release, app="worker", say="ready to accept")
    first = bare.switch("green-11111111", app="worker", port=0, gateway=None, health=LOG).receipt

    refused = bare.switch("green-11111111", "blue-22222222", app="worker", port=0, gateway=None, health=LOG, canary=10)

    assert (refused.code, "an app without a port has no canary" in refused.stderr) == (64, True), refused.stderr
    assert bare.receipts("worker") == [first]
    assert (first["kind"], first["image"]) == ("switch", "sha256:11111111")


def test_a_worker_that_fails_leaves_the_old_one_written_down(bare: Stage) -> None:
    bare.install()
    bare.release("green-11111111", app="worker", say="ready to accept")
    bare.release("blue-22222222", app="worker", crash=True)
    bare.switch("green-11111111", app="worker", port=0, gateway=None, health=LOG)

    refused = bare.switch("blue-22222222", app="worker", port=0, gateway=None, health=LOG)

    assert (refused.code, "worker: green-11111111 serves, as before" in refused.stderr) == (71, True), refused.stderr
    assert bare.serving()["worker"]["live"] == "green-11111111"
    assert bare.state("green-11111111", "worker") == "running"


def test_a_pattern_that_is_none_is_refused_at_once_and_blames_no_release(stage: Stage) -> None:
    stage.release("green-11111111")

    refused = stage.switch("green-11111111", health=(("health", "log"), ("pattern", "ready (to")))

    assert refused.code == 64, refused.stderr
    assert "health.pattern 'ready (to' is no extended regular expression" in refused.stderr
    assert stage.state("green-11111111") == "running"


@pytest.mark.parametrize(("answer", "code"), [(404, 0), (503, 70)])
def test_the_way_back_may_not_know_the_health_path_of_newer_settings(stage: Stage, answer: int, code: int) -> None:
    stage.release("green-11111111", health=answer)
    stage.release("blue-22222222")
    stage.switch("green-11111111", health=EXEC)
    stage.switch("blue-22222222", "green-11111111")

    back = stage.switch("green-11111111", "blue-22222222", timeout=1)

    assert back.code == code, back.stderr
    assert stage.served_by() == ("blue-22222222" if code else "green-11111111")


def test_the_way_back_may_not_say_the_line_of_newer_settings(bare: Stage) -> None:
    bare.install()
    bare.release("green-11111111", app="worker", say="ready to accept")
    bare.release("blue-22222222", app="worker", say="started")
    new = (("health", "log"), ("pattern", "^started$"))
    bare.switch("green-11111111", app="worker", port=0, gateway=None, health=LOG)
    bare.switch("blue-22222222", "green-11111111", app="worker", port=0, gateway=None, health=new)

    back = bare.switch("green-11111111", "blue-22222222", app="worker", port=0, gateway=None, health=new, timeout=1)

    assert back.code == 0, back.stderr


def test_log_health_does_not_count_what_an_earlier_run_said(stage: Stage) -> None:
    container = stage.release("green-11111111", boot=1, say="ready to serve")
    until(lambda: "ready to serve" in docker("logs", container))
    docker("restart", "-t", "0", container)

    assert stage.switch("green-11111111", health=LOG).receipt["ready_ms"] > 500


def test_quick_workers_are_never_missed(bare: Stage) -> None:
    bare.install()
    for number in range(10):
        release = f"green-{number:08d}"
        bare.release(release, app="worker", say="ready to serve")
        assert bare.switch(release, app="worker", port=0, gateway=None, health=LOG, timeout=3).code == 0
