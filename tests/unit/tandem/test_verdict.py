from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tandem.exits import INTERRUPTED, SWITCHED_OFF, FailedRun
from tandem.hosts.routing import Watch
from tandem.moves import turns
from tests.unit.tandem.fakes import Bench, hash8, image_id
from tests.unit.tandem.moving import blue, deploy, green, judged


def test_a_good_verdict_is_waited_for_and_told(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("good")
    following = bench.again()
    deploy(following, web="demo:2")
    out = following.out.getvalue()
    assert f"web: {green(2)} is watched: 20 requests, 0 failed" in out or "is watched: 10 requests" in out
    assert f"web: verdict of {green(2)}: good (30 requests, 0 failed)" in out
    assert bench.rollouts["web"]["live"] == "green"
    assert following.fake_engine.runs == ["up"]


def test_after_a_bad_verdict_file_and_engine_follow_the_host_and_the_exit_code_is_7(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("bad", "9 of 30 requests failed", failed=9)
    following = bench.again()
    with pytest.raises(FailedRun, match="9 of 30 requests failed") as failed:
        deploy(following, web="demo:2")
    assert failed.value.code == SWITCHED_OFF
    assert f"web: {blue(1)} serves" in str(failed.value)
    assert bench.rollouts["web"] == {
        "live": "blue",
        "blue": {"image": image_id(1)},
        "green": {"image": image_id(2), "frozen": hash8(image_id(2))},
        "standby": "next",
    }
    assert following.fake_engine.runs == ["up", "up"]
    assert bench.fake_host.pointers == set()
    assert failed.value.summary.apps[0].verdict == "bad"


def test_a_bad_verdict_that_only_warns_leaves_the_new_release(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("bad", "9 of 30 failed")
    bench.fake_host.only_warns.add("web")
    following = bench.again()
    deploy(following, web="demo:2")
    assert bench.rollouts["web"]["live"] == "green"
    assert f"web: {green(2)} serves on in spite of its bad verdict: 9 of 30 failed" in following.errors.getvalue()


def test_no_wait_leaves_the_watch_to_the_host(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "pending")]
    following = bench.again()
    deploy(following, wait=False, web="demo:2")
    assert "web: watched on" in following.out.getvalue()


def test_the_first_release_is_not_waited_for(bench: Bench) -> None:
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "pending")]
    deploy(bench, web="demo:1")
    assert "is watched" not in bench.out.getvalue()


def test_ctrl_c_while_waiting_ends_the_waiting_only(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "pending")]
    looks: list[None] = []

    def interrupted() -> None:
        looks.append(None)
        if bench.fake_host.watches.get("web") and len(looks) > 6:
            raise KeyboardInterrupt

    bench.fake_host.looked = interrupted
    with pytest.raises(FailedRun, match="The watch goes on by itself") as failed:
        deploy(bench.again(), web="demo:2")
    assert failed.value.code == INTERRUPTED
    assert bench.rollouts["web"]["live"] == "green"


def test_json_has_a_line_for_every_news_of_a_watch(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(json_lines=True)
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("good", failed=1)
    deploy(bench, web="demo:2")
    lines = [json.loads(line) for line in bench.out.getvalue().splitlines()]
    told = [line for line in lines if line.get("event") == "verdict"]
    assert [(line["verdict"], line["seen"], line["failed"]) for line in told][-1] == ("good", 30, 1)
    assert {line["app"] for line in told} == {"web"}
    assert lines[-1]["apps"]["web"]["verdict"] == "good"


def test_deploy_finalize_gives_up_the_way_back_after_the_verdict(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("good")
    following = bench.again()
    deploy(following, finalize=True, web="demo:2")
    assert bench.rollouts["web"] == {"live": "green", "green": {"image": image_id(2)}}
    assert following.fake_engine.runs == ["up", "up"]


def test_deploy_finalize_keeps_the_way_back_when_the_verdict_is_bad(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = judged("bad", "slow")
    with pytest.raises(FailedRun):
        deploy(bench.again(), finalize=True, web="demo:2")
    assert bench.rollouts["web"]["live"] == "blue"


def test_finalize_waits_for_a_pending_verdict(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_host.watches["web"] = judged("bad", "9 of 30 failed")(green(2))
    with pytest.raises(FailedRun, match="was switched off: 9 of 30 failed") as failed:
        turns.finalize(bench.again(), ["web"])
    assert failed.value.code == SWITCHED_OFF
    assert bench.rollouts["web"]["live"] == "blue"


def test_a_run_that_fails_by_a_bad_verdict_ends_with_7_and_keeps_the_release_prepared(bench: Bench) -> None:
    """With `watch: {wait: true}` the verdict is a resource: the engine itself fails."""
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "bad", why="9 of 30 failed")]
    bench.fake_engine.breaks = {"cleanup"}
    with pytest.raises(FailedRun, match=f"web: the new release was switched off: 9 of 30 failed; {blue(1)}") as failed:
        deploy(bench.again(), web="demo:2")
    assert failed.value.code == SWITCHED_OFF
    assert bench.rollouts["web"]["live"] == "blue"
    assert bench.rollouts["web"]["standby"] == "next"


def test_a_verdict_that_is_there_before_the_update_ends_is_told_too_even_without_waiting(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "bad", why="9 of 30 failed")]
    with pytest.raises(FailedRun, match="was switched off: 9 of 30 failed") as failed:
        deploy(bench.again(), wait=False, web="demo:2")
    assert failed.value.code == SWITCHED_OFF
    assert bench.rollouts["web"]["live"] == "blue"


def test_the_watch_of_an_earlier_move_is_not_mistaken_for_this_ones(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "bad", id="an earlier one", why="9 of 30 failed")]
    bench.fake_host.only_warns.add("web")
    following = bench.again()
    deploy(following, web="demo:2")
    assert "9 of 30 failed" not in following.errors.getvalue()


def test_a_window_of_no_seconds_has_no_verdict_to_tell(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.judges["web"] = lambda release: [Watch(release, "none")]
    following = bench.again()
    deploy(following, web="demo:2")
    assert "verdict" not in following.out.getvalue()
