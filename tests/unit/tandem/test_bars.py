from __future__ import annotations

import pytest

from tandem.exits import REFUSED, Stop
from tandem.hosts.routing import Bar
from tandem.moves import turns
from tests.unit.tandem.fakes import Bench, image_id
from tests.unit.tandem.moving import deploy


def barred(bench: Bench) -> Bench:
    deploy(bench, web="demo:1")
    bench.fake_host.barred["web"] = [Bar("99999999", image_id(2), "2026-10-01T12:00:00Z", "9 of 30 failed")]
    return bench.again()


def test_a_barred_image_is_refused_before_anything_with_since_when_and_why(bench: Bench) -> None:
    following = barred(bench)
    before = bench.text
    with pytest.raises(Stop, match=r"barred since 2026-10-01T12:00:00Z: 9 of 30 failed; .* --force") as stopped:
        deploy(following, web="demo:2")
    assert stopped.value.code == REFUSED
    assert bench.text == before
    assert following.fake_engine.runs == []


def test_with_a_reason_it_is_pardoned_first_and_deployed(bench: Bench) -> None:
    following = barred(bench)
    deploy(following, force="the database was down", web="demo:2")
    assert ("pardon", "web", image_id(2), "the database was down") in bench.fake_host.asked
    assert bench.rollouts["web"]["live"] == "green"


def test_a_barred_release_may_be_prepared_but_gets_no_canary_and_no_switch(bench: Bench) -> None:
    following = barred(bench)
    turns.prepare(following, {"web": "demo:2"}, colour=None, skip_pull=False)
    with pytest.raises(Stop, match="barred since"):
        turns.canary(bench.again(), "web", 10, force=None)
    with pytest.raises(Stop, match="barred since"):
        turns.switch(bench.again(), ["web"], to=None)
    turns.canary(bench.again(), "web", 10, force="to see it")
    assert bench.rollouts["web"]["canary"] == 10


def test_canary_goes_up_down_and_becomes_a_switch(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    turns.prepare(bench.again(), {"web": "demo:2"}, colour=None, skip_pull=False)
    for percent in (10, 50, 0, 99):
        turns.canary(bench.again(), "web", percent, force=None)
        assert bench.rollouts["web"].get("canary", 0) == percent
    turns.switch(bench.again(), ["web"], to=None)
    assert bench.rollouts["web"]["live"] == "green"
