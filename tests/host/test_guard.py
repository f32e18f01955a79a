"""The guard before a container's removal, and what counts as drained."""

from __future__ import annotations

import http.client
import threading

import pytest

from tests.host import flips, releases
from tests.host.stage import Stage, ended, until

pytestmark = pytest.mark.host


@pytest.fixture
def switched(stage: Stage) -> Stage:
    """Blue serves, green served before and is still known."""
    for release in ("green-11111111", "blue-22222222"):
        stage.release(release)
    stage.switch("green-11111111")
    return stage


def test_the_release_that_serves_is_not_deleted(switched: Stage) -> None:
    refused = switched.guard("green-11111111")

    assert refused.code == 75
    assert "web: green-11111111 serves;" in refused.stderr
    assert switched.container("green-11111111") in refused.stderr


def test_a_release_that_is_drained_may_go(switched: Stage) -> None:
    switched.switch("blue-22222222", "green-11111111")

    allowed = switched.guard("green-11111111")

    assert (allowed.code, allowed.stderr) == (0, "")


def test_a_container_that_is_gone_already_may_go(switched: Stage) -> None:
    switched.switch("blue-22222222", "green-11111111")

    assert switched.guard("green-11111111", container="web-green-11111111-gone000").code == 0


def test_without_a_gateway_the_live_file_decides(switched: Stage) -> None:
    switched.kill(switched.gateway)

    assert switched.guard("green-11111111").code == 75
    assert switched.guard("blue-22222222").code == 0


def test_an_answer_on_its_way_is_waited_for(switched: Stage) -> None:
    answers: list[tuple[int, int]] = []

    def download() -> None:
        status, _, body = switched.get(path="/slow")
        answers.append((status, len(body)))

    visitor = threading.Thread(target=download)
    visitor.start()
    until(lambda: switched.connections() > 0)
    switched.switch("blue-22222222", "green-11111111")

    allowed = switched.guard("green-11111111")

    assert allowed.code == 0, allowed.stderr
    switched.remove("green-11111111")
    visitor.join()
    assert answers == [(200, releases.SLOW_BYTES)]


def test_a_slow_upload_that_began_before_the_switch_is_answered_by_the_old_release(switched: Stage) -> None:
    """nginx holds the body back, so the old release has no connection yet: counting those alone would delete it."""
    upload = http.client.HTTPConnection("127.0.0.1", switched.port, timeout=30)
    upload.putrequest("POST", "/", skip_host=True)
    upload.putheader("Host", "web.localhost")
    upload.putheader("Content-Length", "8")
    upload.endheaders(b"half")
    switched.switch("blue-22222222", "green-11111111")
    guard = switched.start_script("guard", "web", switched.guard_spec("green-11111111"))
    until(switched.watched_by_a_drain)
    assert all(switched.watched_by_a_drain() for _ in range(20)), "the guard let go while a body was on its way"

    upload.send(b"rest")
    answer = upload.getresponse()

    assert (answer.status, answer.getheader("X-Served-By")) == (200, "green-11111111")
    upload.close()
    assert ended(guard).code == 0


def test_what_is_not_drained_at_its_limit_is_cut_and_the_message_says_so(switched: Stage) -> None:
    visitor = threading.Thread(target=switched.get, kwargs={"path": "/slow"})
    visitor.start()
    until(lambda: switched.connections() > 0)
    switched.switch("blue-22222222", "green-11111111")

    allowed = switched.guard("green-11111111", limit=1)

    assert (allowed.code, "after its drain limit of 1 s" in allowed.stderr) == (0, True), allowed.stderr
    visitor.join()


def test_close_ends_an_app_and_its_container_may_go(switched: Stage) -> None:
    closed = switched.script("close", "web", switched.spec("green-11111111"))

    assert closed.code == 0, closed.stderr
    assert switched.get()[0] == 503
    assert switched.guard("green-11111111").code == 0
    assert switched.script("close", "web", switched.spec("green-11111111")).code == 0


def test_close_works_without_a_gateway(switched: Stage) -> None:
    switched.kill(switched.gateway)

    closed = switched.script("close", "web", switched.spec("green-11111111"))

    assert closed.code == 0, closed.stderr
    assert switched.known() == {"web": {"live": None, "releases": []}}


def test_the_guard_waits_for_the_verdict_and_refuses_when_its_release_serves_again(serving: Stage) -> None:
    """Plain `up`: the rollout keeps no way back, so the old container's guard stands in the update that switches."""
    serving.release("blue-22222222", fail=20)
    flips.warm_up(serving)
    with flips.visitors(serving):
        serving.switch("blue-22222222", window=10)
        refused = serving.guard("green-11111111")

    assert (refused.code, "green-11111111 serves;" in refused.stderr) == (75, True), refused.stderr
    assert serving.served_by() == "green-11111111"


def test_the_guard_lets_go_after_a_good_verdict(serving: Stage) -> None:
    serving.release("blue-22222222")
    with flips.visitors(serving):
        serving.switch("blue-22222222", window=3)
        allowed = serving.guard("green-11111111")
        verdict = flips.watch(serving)["verdict"]

    assert (allowed.code, verdict) == (0, "good"), allowed.stderr


def test_the_guard_waits_for_the_window_only_and_takes_the_way_back_away_before_it_lets_go(serving: Stage) -> None:
    serving.release("blue-22222222")
    serving.switch("blue-22222222", window=2)
    assert serving.serving()["web"]["back"] == "green-11111111"

    allowed = serving.guard("green-11111111")

    assert (allowed.code, flips.watch(serving)["verdict"]) == (0, "unjudged"), allowed.stderr
    assert serving.serving()["web"]["back"] is None
    assert "green-11111111" not in serving.live_file().read_text()


def test_the_drain_limit_counts_from_when_the_traffic_went_and_the_ledger_is_told_what_is_cut(stage: Stage) -> None:
    stage.release("green-11111111", delay=60_000)
    stage.release("blue-22222222")
    stage.switch("green-11111111", "blue-22222222")
    stage.get()  # the first request of all is answered at once, see releases.py
    waiting = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=90)
    waiting.request("GET", "/", headers={"Host": "web.localhost"})
    flip = stage.switch("blue-22222222", "green-11111111", back="green-11111111").receipt
    until(lambda: "flipped" in flips.record(stage, flip["id"]))
    with (stage.directory / "state" / "flips" / f"web.{flip['id']}").open("a") as record:
        record.write(f"flipped {int(flips.record(stage, flip['id'])['flipped']) - 60_000}\n")

    allowed = stage.guard("green-11111111", limit=60)

    assert allowed.code == 0, allowed.stderr
    assert "still has 1 connections and 0 waiting clients after its drain limit of 60 s" in allowed.stderr
    assert flips.record(stage, flip["id"])["cut"] == "1"
    waiting.close()
