from __future__ import annotations

from collections.abc import Callable

import pytest

from tandem.exits import SWITCHED_OFF, FailedRun, Stop
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import blue, deploy, judged


def two(bench: Bench) -> Bench:
    deploy(bench, web="demo:1", admin="demo:1")
    return bench.again()


def test_several_apps_are_prepared_in_one_update_and_switched_in_the_next(bench: Bench) -> None:
    following = two(bench)
    deploy(following, web="demo:2", admin="demo:3")
    assert following.fake_engine.runs == ["up", "up"]
    assert {app: rollout["live"] for app, rollout in bench.rollouts.items()} == {"web": "green", "admin": "green"}


def test_one_that_is_never_healthy_keeps_all_as_they_were(bench: Bench) -> None:
    following = two(bench)
    before = bench.text
    bench.fake_engine.breaks = {"admin"}
    with pytest.raises(FailedRun):
        deploy(following, web="demo:2", admin="demo:3")
    assert bench.text == before
    assert bench.fake_host.live == {"web": blue(1), "admin": blue(1), "worker": None}


def test_when_one_does_not_flip_the_others_are_put_back_and_not_barred(bench: Bench) -> None:
    following = two(bench)
    bench.fake_engine.wont_flip = {"admin"}
    with pytest.raises(FailedRun, match=f"web: {blue(1)} serves") as failed:
        deploy(following, web="demo:2", admin="demo:3")
    assert failed.value.code == 1
    assert bench.fake_host.live["web"] == blue(1)
    assert bench.fake_host.barred["web"] == []
    assert {app: rollout["live"] for app, rollout in bench.rollouts.items()} == {"web": "blue", "admin": "blue"}
    assert bench.rollouts["web"]["standby"] == "next"


def test_a_bad_verdict_on_one_puts_the_others_back_too(bench: Bench) -> None:
    following = two(bench)
    bench.fake_engine.judges = {"web": judged("good"), "admin": judged("bad", "9 of 30 failed")}
    with pytest.raises(FailedRun) as failed:
        deploy(following, web="demo:2", admin="demo:3")
    assert failed.value.code == SWITCHED_OFF
    assert bench.fake_host.live == {"web": blue(1), "admin": blue(1), "worker": None}
    assert bench.fake_host.barred["web"] == []


def test_an_app_that_stops_first_moves_alone(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(extra="      swap: stop_first\n")
    deploy(bench, web="demo:1", worker="demo:1")
    with pytest.raises(Stop, match=r"worker: swap: stop_first .* next is a deploy of its own"):
        deploy(bench.again(), web="demo:2", worker="demo:2")


def test_a_dry_run_shows_where_all_of_them_end(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(dry_run=True)
    deploy(bench, web="demo:1", admin="demo:2")
    assert bench.previewed.count("live: blue") == 2
    assert bench.fake_engine.runs == ["preview"]
