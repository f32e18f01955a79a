"""What host/draining says of releases that lost their traffic."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.host import flips, releases
from tests.host.stage import Stage, until

pytestmark = pytest.mark.host

OLD, NEW = "green-11111111", "blue-22222222"


def draining(stage: Stage, *of: str) -> dict[str, Any]:
    """By release: open, waiting, drained, until."""
    known = "".join(f"upstream {release} {stage.container(release)} {releases.PORT}\n" for release in of)
    said = stage.script("draining", "web", f"gateway {stage.gateway}\n{known}")
    assert said.code == 0, said.stderr
    parsed: dict[str, Any] = json.loads(said.stdout)
    return parsed


def test_a_request_under_way_is_open_and_one_that_is_still_being_sent_is_waiting(stage: Stage) -> None:
    stage.release(OLD, delay=60_000)
    stage.release(NEW)
    stage.switch(OLD, NEW)
    stage.get()  # the first request of all is answered at once, see releases.py
    asking, sending = (http.client.HTTPConnection("127.0.0.1", stage.port, timeout=90) for _ in range(2))
    asking.request("GET", "/", headers={"Host": "web.localhost"})
    sending.putrequest("POST", "/", skip_host=True)
    sending.putheader("Host", "web.localhost")
    sending.putheader("Content-Length", "8")
    sending.endheaders(b"half")
    switched = stage.switch(NEW, OLD, back=OLD).receipt

    until(lambda: "flipped" in flips.record(stage, switched["id"]))
    busy = draining(stage, OLD)[OLD]
    asking.close()
    sending.close()
    until(lambda: draining(stage, OLD)[OLD]["drained"])

    assert (busy["open"], busy["waiting"], busy["drained"]) == (1, 1, False)
    assert busy["until"] == int(flips.record(stage, switched["id"])["flipped"]) + 20_000, "this stage's limit"


def test_a_container_that_does_not_run_is_drained(serving: Stage) -> None:
    serving.release(NEW)
    serving.switch(NEW, OLD, back=OLD)
    serving.kill(serving.container(OLD))

    assert draining(serving, OLD)[OLD] == {"open": 0, "waiting": 0, "drained": True, "until": None}


def test_several_releases_are_told_at_once_and_none_is_no_error(serving: Stage) -> None:
    serving.release(NEW)
    serving.switch(NEW, OLD, back=OLD)

    assert set(draining(serving, OLD, NEW)) == {OLD, NEW}
    assert draining(serving) == {}


def test_without_a_gateway_nobody_is_connected(serving: Stage) -> None:
    serving.kill(serving.gateway)

    assert draining(serving, OLD)[OLD]["drained"] is True
