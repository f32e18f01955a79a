"""`up` and the moves ask the gate before they change anything, where what is in Google Cloud may be about to change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tandem.cloud.effects import DISK
from tandem.engines import Step, StepFailed
from tandem.exits import FAILED, REFUSED, FailedRun
from tandem.moves import up
from tests import stacks
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.hosts.test_arrival import MADE, shop
from tests.unit.tandem.moving import deploy

__all__ = ["shop"]

Shop = Callable[..., Bench]
REPLACED = Step("replace", DISK, "host-data", "urn:d::host-data", {}, {"zone": "replace"})
THERE = f"    address: 198.51.100.7\n    host_key: {stacks.HOST_KEY}\n"


def refusal(run: Callable[[], object]) -> FailedRun:
    with pytest.raises(FailedRun) as stopped:
        run()
    return stopped.value


def edit(bench: Bench, old: str, new: str) -> Bench:
    """The next command, after an edit of the file."""
    text = bench.text
    assert old in text
    bench.stack.file.write_text(text.replace(old, new), encoding="utf-8")
    bench.fake_engine.runs.clear()
    for known in ("raw", "settings", "_section"):
        bench.__dict__.pop(known, None)
    return bench


def reached(bench: Bench) -> Bench:
    """The same with a machine that answers."""
    bench.__dict__.update(docker=bench.fake_docker, host=bench.fake_host, link=None)
    return bench


def test_what_the_gate_refuses_is_refused_before_anything_is_changed(shop: Shop) -> None:
    bench = shop()
    bench.fake_engine.plan = (REPLACED,)
    stopped = refusal(lambda: up.up(bench))

    assert stopped.code == REFUSED
    assert "up: refused, nothing was changed\nhost-data: the data disk would be replaced by zone." in str(stopped)
    assert "`tandem up --allow 'urn:d::host-data'`" in str(stopped)
    assert bench.fake_engine.runs == ["preview"]


@pytest.mark.parametrize("name", ["host-data", REPLACED.urn])
def test_what_is_meant_passes_and_is_told(shop: Shop, name: str) -> None:
    bench = shop()
    bench.fake_engine.plan = (REPLACED,)
    up.up(bench, [name])

    assert bench.fake_engine.runs == ["preview", "up"]
    assert "let through: host-data: the data disk would be replaced" in bench.errors.getvalue()


def test_a_ground_as_the_last_good_run_left_it_is_not_asked_about(shop: Shop) -> None:
    bench = shop()
    up.up(bench)
    edit(bench, "domains: [web.localhost]", "domains: [www.localhost]")
    up.up(bench)

    assert bench.fake_engine.runs == ["up"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("zone: europe-west3-c", "zone: europe-west3-a"),
        ("profile: local", "profile: dev"),
        ("  tandem:apps:", "  tandem:storage: {media: {kind: gcs, bucket: m-123, location: eu}}\n  tandem:apps:"),
    ],
)
def test_an_edited_ground_is_asked_about_again(shop: Shop, old: str, new: str) -> None:
    bench = shop()
    up.up(bench)
    up.up(edit(bench, old, new))

    assert bench.fake_engine.runs == ["preview", "up"]


def test_where_there_is_nothing_to_lose_nobody_is_asked(shop: Shop) -> None:
    bench = shop(made=[MADE[1]])
    up.up(bench)

    assert bench.fake_engine.runs == ["up"]


def test_a_plan_that_fails_for_another_reason_changes_nothing_either(shop: Shop) -> None:
    bench = shop()
    bench.fake_engine.refuses = (StepFailed("create", "gcp:x", "media", "urn:b", 0.0, "belongs to somebody else"),)
    stopped = refusal(lambda: up.up(bench))

    assert stopped.code == FAILED
    assert "up: nothing was changed: media: belongs to somebody else" in str(stopped)
    assert bench.fake_engine.runs == ["preview"]


def test_a_deploy_asks_as_up_does(shop: Shop) -> None:
    bench = reached(shop(THERE))
    bench.fake_engine.plan = (REPLACED,)
    stopped = refusal(lambda: deploy(bench, web="demo:1"))

    assert stopped.code == REFUSED
    assert bench.fake_engine.runs == ["preview"]
    assert "rollouts" not in bench.text


def test_a_dry_run_is_refused_as_the_run_would_be(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(dry_run=True)
    bench.fake_engine.plan = (REPLACED,)
    stopped = refusal(lambda: deploy(bench, web="demo:1"))

    assert stopped.code == REFUSED
    assert "deploy web (dry run): refused\nhost-data: the data disk would be replaced by zone" in str(stopped)
    assert stopped.summary.as_json()["dry_run"] is True
