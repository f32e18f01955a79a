"""The watch on a real gateway, under load: what is bad is switched off, whatever happens to whoever asked for it."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.host.docker import docker
from tests.host.flips import await_ledger, await_verdict, ledgers, record, requests, visitors, warm_up, watch
from tests.host.stage import Stage, ended, until

pytestmark = pytest.mark.host

OLD, NEW = "green-11111111", "blue-22222222"
BAD = 20
"""Percent of its requests that a bad release fails."""


@pytest.fixture
def failing(serving: Stage) -> Stage:
    """Green serves and has had traffic; blue is well in its probes and fails every fifth request."""
    serving.release(NEW, fail=BAD)
    warm_up(serving)
    return serving


def assert_switched_off(stage: Stage) -> None:
    """Once the verdict is there the old release serves, the new one is barred, and one receipt says so."""
    assert await_verdict(stage, "bad")["release"] == NEW
    assert stage.served_by() == OLD
    told = stage.serving()["web"]
    assert told["pointer"]
    assert [bar["hash"] for bar in told["barred"]] == [NEW.partition("-")[2]]
    (back,) = [receipt for receipt in stage.receipts() if receipt["kind"] == "back"]
    assert (back["release"], back["from"]) == (OLD, NEW)


@pytest.mark.parametrize("rate", [20, 100, 900])
def test_a_release_that_fails_after_a_healthy_start_is_switched_off(failing: Stage, rate: int) -> None:
    with visitors(failing, each_second=rate) as seen:
        failing.switch(NEW, OLD, back=OLD, window=10)
        assert_switched_off(failing)

    assert 3 <= seen.status[500] < 150, str(seen)
    assert seen.lost == seen.status[500], str(seen)


def test_it_is_switched_off_although_the_switch_was_killed_right_after_the_flip(failing: Stage) -> None:
    with visitors(failing):
        script = failing.start_script("switch", "web", failing.spec(NEW, OLD, back=OLD, window=10))
        until(lambda: failing.serving()["web"]["live"] == NEW)
        docker("exec", failing.gateway, "sh", "-c", "kill -9 $(cat /gw/state/web.gateway.pid)", check=False)
        os.kill(script.pid, signal.SIGKILL)
        ended(script)
        until(lambda: watch(failing)["release"] == NEW)
        await_verdict(failing, "bad")
        assert failing.served_by() == OLD


def test_it_is_switched_off_although_the_gateway_was_restarted_in_the_window(failing: Stage) -> None:
    switched = failing.switch(NEW, OLD, back=OLD, window=10).receipt
    until(lambda: watch(failing)["seen"] == 0 and "spent" in record(failing, switched["id"]))
    failing.restart_gateway()

    with visitors(failing):
        assert_switched_off(failing)
    ledger = await_ledger(failing, switched["id"])
    assert not ledger["complete"]
    assert "the gateway was restarted" in ledger["unknown"][0]


def test_the_time_without_a_gateway_is_not_taken_from_the_window(serving: Stage) -> None:
    serving.release(NEW)
    switched = serving.switch(NEW, OLD, back=OLD, window=5).receipt
    until(lambda: "spent" in record(serving, switched["id"]))
    first = int(record(serving, switched["id"])["until"])
    serving.restart_gateway()

    until(lambda: "down" in record(serving, switched["id"]))
    kept = record(serving, switched["id"])
    begin, end = map(int, kept["down"].split())
    assert int(kept["until"]) == first + end - begin


def test_a_dead_watch_is_started_again(failing: Stage) -> None:
    switched = failing.switch(NEW, OLD, back=OLD, window=30).receipt
    until(lambda: "spent" in record(failing, switched["id"]))
    docker("exec", failing.gateway, "sh", "-c", f"kill -9 $(cat /gw/state/flips/web.{switched['id']}.open)")

    with visitors(failing):
        assert_switched_off(failing)


def test_a_pointer_flip_whose_author_was_killed_in_the_middle_is_finished_by_the_watch(failing: Stage) -> None:
    switch = failing.switch(NEW, OLD, window=60, back=OLD).receipt
    pointer = failing.directory / "live" / f"web.flip.{switch['id']}"

    pointer.write_text("it is slow")
    failing.restart_gateway()

    await_verdict(failing, "bad")
    assert_switched_off(failing)
    assert (failing.receipts()[-1]["kind"], failing.receipts()[-1]["why"]) == ("back", "it is slow")


def test_a_pointer_flip_whose_author_was_killed_before_its_verdict_is_finished_by_the_watch(failing: Stage) -> None:
    """Bar and receipt are there, as a flip leaves them; the verdict was to be the last word."""
    switch = failing.switch(NEW, OLD, window=60, back=OLD).receipt
    digest8 = NEW.partition("-")[2]
    barred = failing.directory / "state" / "web.barred"
    barred.write_text(f"{digest8}\tsha256:{digest8}\t2026-01-02T03:04:05Z\tit is slow\n")
    back = {**switch, "kind": "back", "release": OLD, "from": NEW}
    with (failing.directory / "state" / "web.receipts.jsonl").open("a") as receipts:
        receipts.write(json.dumps(back, separators=(",", ":")) + "\n")
    (failing.directory / "live" / f"web.flip.{switch['id']}").write_text("it is slow")
    failing.restart_gateway()

    assert_switched_off(failing)
    assert watch(failing)["why"] == "it is slow"


def test_a_good_release_stays_and_the_old_one_is_no_way_back_any_more(serving: Stage) -> None:
    """Plain `up` names no way back: the release that served is kept as one until the verdict."""
    serving.release(NEW)
    with visitors(serving) as seen:
        until(lambda: seen.requests > 30)
        switched = serving.switch(NEW, window=3).receipt
        assert serving.serving()["web"]["back"] == OLD
        good = await_verdict(serving, "good")
        until(lambda: serving.serving()["web"]["back"] is None)

    assert (good["release"], good["failed"]) == (NEW, 0)
    assert OLD not in serving.live_file().read_text()
    assert (serving.served_by(), seen.lost) == (NEW, 0)
    assert await_ledger(serving, switched["id"])["verdict"] == "good"


def test_a_way_back_that_the_rollout_keeps_stays_after_the_verdict(serving: Stage) -> None:
    serving.release(NEW)
    with visitors(serving) as seen:
        until(lambda: seen.requests > 30)
        switched = serving.switch(NEW, OLD, back=OLD, window=3).receipt
        await_ledger(serving, switched["id"])

    assert serving.serving()["web"]["back"] == OLD


def test_too_little_traffic_is_unjudged_and_judged_once_it_comes(failing: Stage) -> None:
    switched = failing.switch(NEW, OLD, back=OLD, window=2).receipt
    waiting = await_verdict(failing, "unjudged")
    assert "30 are needed" in waiting["why"]
    assert await_ledger(failing, switched["id"])["verdict"] == "unjudged", "the ledger does not wait for ten minutes"
    assert failing.served_by() == NEW

    with visitors(failing):
        assert_switched_off(failing)
    until(lambda: ledgers(failing)[switched["id"]]["verdict"] == "bad")


def test_a_release_whose_answers_are_slow_is_switched_off_at_the_end_of_its_window(serving: Stage) -> None:
    serving.release(NEW, delay=500)
    with visitors(serving, each_second=100) as seen:
        until(lambda: seen.requests > 30)
        serving.switch(NEW, OLD, back=OLD, window=4, more=[("slower", "switch_back")])
        assert_switched_off(serving)

    assert "took longer than" in watch(serving)["why"]
    assert seen.lost == 0, str(seen)


def test_with_warn_it_stays_and_the_reason_is_kept(failing: Stage) -> None:
    with visitors(failing):
        failing.switch(NEW, OLD, back=OLD, window=3, more=[("bad", "warn")])
        warned = await_verdict(failing, "good")

    assert warned["why"].startswith("warned: ")
    assert failing.served_by() == NEW


def test_without_a_way_back_a_bad_release_stays_and_the_verdict_says_so(stage: Stage) -> None:
    stage.release(NEW, fail=BAD)
    stage.switch(NEW, window=10)
    with visitors(stage):
        bad = await_verdict(stage, "bad")

    assert "not switched back: " in bad["why"]
    assert (stage.served_by(), stage.serving()["web"]["barred"]) == (NEW, [])


def test_a_bad_canary_loses_its_share(failing: Stage) -> None:
    with visitors(failing):
        failing.switch(OLD, NEW, canary=99, back=OLD, window=10)
        await_verdict(failing, "bad")
        told = failing.serving()["web"]

    assert (told["live"], told["canary"]) == (OLD, None)
    assert failing.serving()["web"]["barred"][-1]["hash"] == NEW.partition("-")[2]


def test_a_newer_switch_ends_the_judging_and_both_ledgers_are_written(serving: Stage) -> None:
    serving.release(NEW)
    with visitors(serving) as seen:
        until(lambda: seen.requests > 30)
        first = serving.switch(NEW, OLD, back=OLD, window=30).receipt["id"]
        until(lambda: "flipped" in record(serving, first))
        second = serving.switch(OLD, NEW, back=NEW, window=2).receipt["id"]
        until(lambda: {first, second} <= set(ledgers(serving)), seconds=40)

    assert (ledgers(serving)[first]["verdict"], ledgers(serving)[second]["verdict"]) == ("superseded", "good")


def test_going_back_by_hand_settles_the_verdict(serving: Stage) -> None:
    serving.release(NEW)
    serving.switch(NEW, OLD, back=OLD, window=30)

    assert serving.back("it looks wrong").code == 0
    settled = watch(serving)
    assert (settled["verdict"], settled["why"]) == ("bad", "it looks wrong")
    assert ended(serving.start_script("verdict", "web", f"release {NEW}\nlimit 5\n")).code == 78


def test_without_a_window_nothing_is_judged_but_the_ledger_is_kept(serving: Stage) -> None:
    serving.release(NEW)
    switched = serving.switch(NEW, OLD, back=OLD).receipt

    assert await_ledger(serving, switched["id"])["verdict"] == "none"
    assert json.loads(serving.script("verdict", "web", f"release {NEW}\n").stdout)["verdict"] is None


def test_the_verdict_script_waits_and_says_good_by_0_and_bad_by_78(failing: Stage) -> None:
    asked = f"release {NEW}\nlimit 30\n"
    with visitors(failing):
        failing.switch(NEW, OLD, back=OLD, window=10)
        bad = failing.script("verdict", "web", asked)
    good = failing.script("verdict", "web", f"release {OLD}\nlimit 30\n")

    assert (bad.code, good.code) == (78, 0), bad.stderr + good.stderr
    said = json.loads(bad.stdout)
    assert (said["verdict"], said["release"], said["app"]) == ("bad", NEW, "web")
    assert said["seen"] >= 30 > said["failed"] > 0


def test_the_verdict_scripts_limit_is_a_code_of_its_own(serving: Stage) -> None:
    serving.release(NEW)
    serving.switch(NEW, OLD, back=OLD, window=30)

    late = serving.script("verdict", "web", f"release {NEW}\nlimit 1\n")

    assert (late.code, json.loads(late.stdout)["verdict"]) == (70, "pending")
    assert "no verdict on blue-22222222 within 1 s" in late.stderr


def test_a_flip_that_is_put_back_is_no_flip(serving: Stage) -> None:
    """A release that dies between its probes and its proof."""
    before = serving.serving()["web"]["watch"]
    serving.release(NEW, health=503)

    assert serving.switch(NEW, OLD, back=OLD, window=3, timeout=1).code == 70
    assert serving.serving()["web"]["watch"] == before


def test_the_probes_and_proofs_of_a_switch_are_not_in_the_request_log(serving: Stage) -> None:
    serving.release(NEW)
    serving.switch(NEW, OLD, back=OLD)

    assert requests(serving) == []
    serving.get()
    until(lambda: len(requests(serving, release=NEW, status="200", by="app")) == 1)
