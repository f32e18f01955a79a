from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tandem.exits import BUSY, ENVIRONMENT, REFUSED, USAGE, Stop
from tandem.moves import deploys, turns
from tandem.stack.session import Session
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deploy(bench: Session, *, finalize: bool = False, **wanted: str) -> None:
    deploys.deploy(bench, wanted, finalize=finalize)


def prepare(bench: Session, **wanted: str) -> None:
    turns.prepare(bench, wanted, colour=None, skip_pull=False)


def served(bench: Bench, app: str) -> str | None:
    return bench.fake_host.live[app]


def test_a_move_out_of_turn_is_refused_and_says_what_comes_next(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    following = bench.again()
    with pytest.raises(Stop, match=r"web: cannot switch .* next is prepare or deploy") as stopped:
        turns.switch(following, ["web"], to=None)
    assert stopped.value.code == REFUSED
    assert bench.text == before
    assert following.fake_engine.runs == []


def test_an_unknown_app_is_a_usage_error_that_lists_the_apps(bench: Bench) -> None:
    with pytest.raises(Stop, match=r"no app 'wbe'.*admin, web, worker") as stopped:
        deploy(bench, wbe="demo:1")
    assert stopped.value.code == USAGE


def test_of_two_apps_one_refusal_refuses_both(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    with pytest.raises(Stop, match="admin: cannot"):
        turns.rollback(bench.again(), ["admin", "web"])
    assert bench.text == before


def test_a_second_command_is_refused_with_who_and_since(bench: Bench) -> None:
    with (
        bench.alone("deploy web"),
        pytest.raises(Stop, match=r"busy: `deploy web` by .*pid \d+\) since 20\d\d-") as stopped,
    ):
        deploy(bench.again(), web="demo:1")
    assert stopped.value.code == BUSY
    deploy(bench.again(), web="demo:1")


def test_an_image_that_is_nowhere_stops_before_anything_is_written(bench: Bench) -> None:
    before = bench.text
    with pytest.raises(Stop, match="demo:9: is not on this machine and cannot be pulled") as stopped:
        deploy(bench, web="demo:9")
    assert stopped.value.code == ENVIRONMENT
    assert bench.text == before


def test_a_wrong_stack_file_stops_with_all_its_mistakes(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(extra="    Bad:\n      prot: 1\n")
    with pytest.raises(Stop, match=r"Pulumi.local.yaml: apps") as stopped:
        deploy(bench, web="demo:1")
    assert stopped.value.code == USAGE


def test_a_dry_run_shows_diff_and_preview_and_changes_nothing(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(dry_run=True)
    before = bench.text
    deploy(bench, web="demo:1")
    assert "+    web:" in bench.out.getvalue()
    assert bench.fake_engine.runs == ["preview"]
    assert "live: blue" in bench.previewed
    assert bench.text == before


def test_json_ends_with_the_summary_of_the_move(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(json_lines=True)
    deploy(bench, web="demo:1")
    lines = [json.loads(line) for line in bench.out.getvalue().splitlines()]
    assert lines[0] == {
        "event": "started",
        "operation": "create",
        "type": "docker:index/container:Container",
        "name": f"web-blue-{hash8(image_id(1))}",
        "urn": f"urn::web-blue-{hash8(image_id(1))}-abc1234",
    }
    assert lines[-1]["summary"] == {"create": 1, "update": 3, "replace": 0, "delete": 0, "same": 0}
    assert lines[-1]["seconds"] >= 0
    assert lines[-1]["engine"] == "offline"
    assert lines[-1]["apps"]["web"] == {
        "phase": "stable",
        "live": "blue",
        "release": f"blue-{hash8(image_id(1))}",
        "image": image_id(1),
        "ready_ms": 150,
        "flip_ms": 175,
        "url": "http://web.localhost:8080",
        "verdict": None,
    }


def test_no_lock_and_no_state_stay_outside_the_stacks_own_folder(bench: Bench, project: Path) -> None:
    deploy(bench, web="demo:1")
    assert sorted(path.name for path in project.iterdir()) == [".tandem", "Pulumi.local.yaml", "Pulumi.yaml"]
