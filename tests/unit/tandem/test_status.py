from __future__ import annotations

import time

from config.rollout import Rollout, Slot
from tandem.docker import Container
from tandem.hosts.routing import Bar, Canary, Routing, Watch
from tandem.hosts.truth import Truth
from tandem.looks import status
from tandem.moves import deploys
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deployed(bench: Bench) -> Bench:
    deploys.deploy(bench, {"web": "demo:1"})
    return bench.again()


def test_a_quiet_app_says_nothing_of_canary_watch_or_bars(bench: Bench) -> None:
    web = status.status(deployed(bench))["apps"]["web"]
    assert (web["canary"], web["watch"], web["barred"], web["draining"], web["pointer"]) == (None, None, [], [], False)
    assert list(status.traffic("web", web)) == ["`tandem history web` tells what moved"]


def test_what_the_host_watches_bars_and_splits_is_told(bench: Bench) -> None:
    following = deployed(bench)
    host = bench.fake_host
    host.canary["web"] = Canary("green-22222222", 10)
    host.watches["web"] = [Watch("green-22222222", "pending", seen=40, failed=2, until=int(time.time() * 1000) + 8000)]
    host.barred["web"] = [Bar("33333333", image_id(3), "2026-10-01T12:00:00Z", "9 of 30 requests failed")]
    told = status.lines(status.status(following))
    assert "  web: canary: 10 % of the traffic on green-22222222" in told
    assert any("green-22222222 is watched for " in line and "40 requests, 2 failed" in line for line in told)
    assert "  web: barred since 2026-10-01T12:00:00Z: sha256:333333333333 (9 of 30 requests failed)" in told


def test_a_refused_candidate_does_not_stand_for_the_release_that_it_was_to_replace() -> None:
    refused = Container("2", "web-2", "exited", "app", "web", "blue", "blue-22222222", image_id(2))
    kept = Container("1", "web-1", "running", "app", "web", "blue", "blue-11111111", image_id(1))
    truth = Truth({"web": Routing("green-33333333")}, (refused, kept), frozenset({"web"}))
    rollout = Rollout(
        live="green", green=Slot(image=image_id(3)), blue=Slot(image=image_id(1), frozen="11111111"), standby="next"
    )
    told = status.slot("web", "blue", rollout, truth)
    assert told == {"image": image_id(1), "container": "web-1", "state": "running", "release": "blue-11111111"}


def test_a_bad_verdict_and_its_flip_are_told(bench: Bench) -> None:
    following = deployed(bench)
    bench.fake_host.watches["web"] = [Watch("green-22222222", "bad", why="9 of 30 requests failed", seen=30, failed=9)]
    bench.fake_host.pointers.add("web")
    told = status.lines(status.status(following))
    assert "  web: verdict of green-22222222: bad (9 of 30 requests failed)" in told
    assert f"  web: went back to blue-{hash8(image_id(1))} on the host; the next `tandem up` follows" in told
