"""The guard before a container's removal, and what counts as drained."""

from __future__ import annotations

import http.client
import threading

import pytest

from tests.host import releases
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
