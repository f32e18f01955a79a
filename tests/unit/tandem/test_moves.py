from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tandem import turns
from tandem.exits import BUSY, ENVIRONMENT, FAILED, INTERRUPTED, PENDING, REFUSED, USAGE, FailedRun, Stop
from tandem.session import Session
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deploy(bench: Session, *, finalize: bool = False, **wanted: str) -> None:
    turns.deploy(bench, wanted, colour=None, skip_pull=False, finalize=finalize)


def prepare(bench: Session, **wanted: str) -> None:
    turns.prepare(bench, wanted, colour=None, skip_pull=False)


def served(bench: Bench, app: str) -> str | None:
    return bench.fake_host.live[app]


def test_the_first_deploy_serves_on_blue_and_the_file_says_so_by_image_id(bench: Bench) -> None:
    before = bench.text
    deploy(bench, web="demo:1")
    assert bench.rollouts == {"web": {"live": "blue", "blue": {"image": image_id(1)}}}
    assert bench.text.startswith(before)
    assert served(bench, "web") == f"blue-{hash8(image_id(1))}"
    assert "deploy web: 1 created, 3 updated" in bench.out.getvalue()


def test_the_second_deploy_swaps_and_freezes_the_way_back(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    assert bench.rollouts["web"] == {
        "live": "green",
        "green": {"image": image_id(2)},
        "blue": {"image": image_id(1), "frozen": hash8(image_id(1))},
        "standby": "previous",
    }
    assert served(bench, "web") == f"green-{hash8(image_id(2))}"


def test_a_rollback_brings_back_exactly_what_served_and_keeps_the_other(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    turns.rollback(bench.again(), ["web"])
    assert served(bench, "web") == f"blue-{hash8(image_id(1))}"
    assert bench.rollouts["web"]["standby"] == "next"
    assert bench.rollouts["web"]["green"]["frozen"] == hash8(image_id(2))
    assert "frozen" not in bench.rollouts["web"]["blue"]


def test_a_rollback_after_edited_settings_keeps_the_hash_that_served(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_engine.settings_now = "memory: 256"
    turns.rollback(bench.again(), ["web"])
    assert bench.rollouts["web"]["blue"] == {"image": image_id(1), "frozen": hash8(image_id(1))}
    assert served(bench, "web") == f"blue-{hash8(image_id(1))}"


def test_prepare_switch_finalize_walk_through_the_phases(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    prepare(bench.again(), web="demo:2")
    assert bench.rollouts["web"]["standby"] == "next"
    assert served(bench, "web") == f"blue-{hash8(image_id(1))}"
    turns.switch(bench.again(), ["web"], to=None)
    assert served(bench, "web") == f"green-{hash8(image_id(2))}"
    turns.finalize(bench.again(), ["web"])
    assert bench.rollouts["web"] == {"live": "green", "green": {"image": image_id(2)}}
    assert [box.colour for box in bench.fake_host.boxes] == ["green"]


def test_cancel_removes_what_was_prepared(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    prepare(bench.again(), web="demo:2")
    turns.cancel(bench.again(), ["web"])
    assert bench.rollouts["web"] == {"live": "blue", "blue": {"image": image_id(1)}}
    assert [box.colour for box in bench.fake_host.boxes] == ["blue"]


def test_force_color_switches_to_that_colour_whatever_the_direction(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    turns.switch(bench.again(), ["web"], to="blue")
    assert bench.rollouts["web"]["live"] == "blue"
    turns.switch(bench.again(), ["web"], to="green")
    assert bench.rollouts["web"]["live"] == "green"
    turns.switch(bench.again(), ["web"], to="green")
    assert bench.rollouts["web"]["live"] == "green"


def test_a_slot_colour_puts_the_image_on_the_live_colour(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    turns.deploy(bench.again(), {"web": "demo:2"}, colour="blue", skip_pull=False, finalize=False)
    assert bench.rollouts["web"] == {"live": "blue", "blue": {"image": image_id(2)}}
    assert served(bench, "web") == f"blue-{hash8(image_id(2))}"


def test_deploy_finalize_leaves_one_release(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2", finalize=True)
    assert bench.rollouts["web"] == {"live": "green", "green": {"image": image_id(2)}}


def test_an_app_with_standby_remove_keeps_no_way_back(bench: Bench) -> None:
    deploy(bench, worker="demo:1")
    deploy(bench.again(), worker="demo:2")
    assert bench.rollouts["worker"] == {"live": "green", "green": {"image": image_id(2)}}


def test_the_image_that_serves_already_is_a_plain_up(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    following = bench.again()
    deploy(following, web="demo:1")
    assert "nothing to swap" in following.out.getvalue()
    assert following.fake_engine.runs == ["up"]
    assert bench.text == before


def test_a_frozen_live_release_is_deployed_again_with_todays_settings(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    bench.fake_engine.settings_now = "memory: 256"
    turns.rollback(bench.again(), ["web"])
    deploy(bench.again(), web="demo:1")
    assert served(bench, "web") == f"green-{hash8(image_id(1), 'memory: 256')}"


# Failures before the flip


def test_a_release_that_never_gets_healthy_leaves_the_file_byte_for_byte(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    bench.fake_engine.breaks = {"web"}
    following = bench.again()
    with pytest.raises(FailedRun) as failed:
        deploy(following, web="demo:2")
    assert failed.value.code == FAILED
    assert bench.text == before
    assert f"web: blue-{hash8(image_id(1))} serves, as before" in str(failed.value)
    assert "never healthy" in following.out.getvalue()


def test_a_failed_first_deploy_leaves_no_rollout(bench: Bench) -> None:
    before = bench.text
    bench.fake_engine.breaks = {"web"}
    with pytest.raises(FailedRun):
        deploy(bench, web="demo:1")
    assert bench.text == before


def test_an_interrupt_before_the_flip_puts_the_file_back(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    bench.fake_engine.interrupts = {"web"}
    with pytest.raises(FailedRun) as failed:
        deploy(bench.again(), web="demo:2")
    assert failed.value.code == INTERRUPTED
    assert bench.text == before


def test_a_mistake_in_an_engine_puts_the_file_back_and_shows_itself(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text

    def stumble() -> None:
        raise ZeroDivisionError

    bench.fake_engine.during = stumble
    with pytest.raises(ZeroDivisionError):
        deploy(bench.again(), web="demo:2")
    assert bench.text == before


# Failures after the flip


def test_a_failure_after_the_flip_keeps_the_new_state_and_says_clean_up_is_pending(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.breaks = {"cleanup"}
    with pytest.raises(FailedRun) as failed:
        deploy(bench.again(), web="demo:2")
    assert failed.value.code == PENDING
    assert bench.rollouts["web"]["live"] == "green"
    assert bench.rollouts["web"]["blue"]["frozen"] == hash8(image_id(1))
    assert f"web: green-{hash8(image_id(2))} is live" in str(failed.value)
    assert "clean-up" in str(failed.value)


def test_a_failed_finalize_leaves_the_file_as_it_was(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    deploy(bench.again(), web="demo:2")
    before = bench.text
    bench.fake_engine.breaks = {"cleanup"}
    with pytest.raises(FailedRun) as failed:
        turns.finalize(bench.again(), ["web"])
    assert failed.value.code == FAILED
    assert bench.text == before


def test_of_two_apps_each_entry_follows_the_host_on_its_own(bench: Bench) -> None:
    deploy(bench, web="demo:1", admin="demo:1")
    bench.fake_engine.breaks = {"admin"}
    with pytest.raises(FailedRun) as failed:
        deploy(bench.again(), web="demo:2", admin="demo:3")
    assert failed.value.code == FAILED
    assert bench.rollouts["web"]["live"] == "green"
    assert bench.rollouts["admin"] == {"live": "blue", "blue": {"image": image_id(1)}}
    assert f"admin: blue-{hash8(image_id(1))} serves, as before" in str(failed.value)
    assert f"web: green-{hash8(image_id(2))} is live" in str(failed.value)


def test_a_plain_up_after_a_failed_deploy_removes_the_bad_container_only(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.breaks = {"web"}
    with pytest.raises(FailedRun):
        deploy(bench.again(), web="demo:2")
    bench.fake_engine.breaks = set()
    from tandem import update

    update.up(bench.again())
    assert [(box.colour, box.image) for box in bench.fake_host.boxes] == [("blue", image_id(1))]


def test_a_host_that_falls_silent_is_told_and_receipts_decide(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    before = bench.text
    bench.fake_engine.breaks = {"web"}
    bench.fake_engine.during = lambda: setattr(bench.fake_host, "silent", True)
    following = bench.again()
    with pytest.raises(FailedRun):
        deploy(following, web="demo:2")
    assert bench.text == before
    assert "cannot be asked" in following.errors.getvalue()


def test_an_edit_made_during_a_failing_run_survives(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.breaks = {"web"}
    bench.fake_engine.during = lambda: bench.stack.file.write_text(bench.text + "# mine\n", encoding="utf-8")
    with pytest.raises(FailedRun):
        deploy(bench.again(), web="demo:2")
    assert bench.text.endswith("# mine\n")
    assert bench.rollouts["web"] == {"live": "blue", "blue": {"image": image_id(1)}}


# The host's truth


def test_a_file_reverted_by_hand_does_not_mislead_the_next_deploy(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    reverted = bench.text
    deploy(bench.again(), web="demo:2")
    bench.stack.file.write_text(reverted, encoding="utf-8")
    deploy(bench.again(), web="demo:3")
    assert bench.rollouts["web"]["live"] == "blue"
    assert bench.rollouts["web"]["blue"]["image"] == image_id(3)
    assert bench.rollouts["web"]["green"] == {"image": image_id(2), "frozen": hash8(image_id(2))}


def test_after_a_killed_deploy_the_candidate_that_was_never_proved_is_not_prepared(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.breaks = {"web"}
    killed: list[str] = []
    bench.fake_engine.during = lambda: killed.append(bench.text)
    with pytest.raises(FailedRun):
        deploy(bench.again(), web="demo:2")
    bench.stack.file.write_text(killed[0], encoding="utf-8")
    bench.fake_engine.breaks = set()
    with pytest.raises(Stop, match="only one release is there: next is prepare or deploy") as stopped:
        turns.switch(bench.again(), ["web"], to=None)
    assert stopped.value.code == REFUSED
    turns.cancel(bench.again(), ["web"])
    assert bench.rollouts["web"] == {"live": "blue", "blue": {"image": image_id(1)}}
    assert [box.colour for box in bench.fake_host.boxes] == ["blue"]


def test_the_image_that_serves_beside_a_reverted_file_is_not_released_again(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    reverted = bench.text
    deploy(bench.again(), web="demo:2")
    bench.stack.file.write_text(reverted, encoding="utf-8")
    following = bench.again()
    deploy(following, web="demo:2")
    assert "nothing to swap" in following.out.getvalue()
    assert bench.rollouts["web"]["live"] == "green"
    assert bench.rollouts["web"]["green"] == {"image": image_id(2)}
    assert served(bench, "web") == f"green-{hash8(image_id(2))}"


def test_a_rollout_that_the_host_never_ran_is_replaced_by_the_first_deploy(bench: Bench) -> None:
    with pytest.raises(Stop) as stopped:
        turns.rollback(bench, ["web"])
    assert stopped.value.code == REFUSED
    deploy(bench.again(), web="demo:1")
    assert bench.rollouts["web"]["live"] == "blue"


# Refusals: nothing is written, nothing runs


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
    with pytest.raises(Stop, match="demo:9 is not on this machine and cannot be pulled") as stopped:
        deploy(bench, web="demo:9")
    assert stopped.value.code == ENVIRONMENT
    assert bench.text == before


def test_a_wrong_stack_file_stops_with_all_its_mistakes(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(extra="    Bad:\n      prot: 1\n")
    with pytest.raises(Stop, match=r"Pulumi.local.yaml: apps") as stopped:
        deploy(bench, web="demo:1")
    assert stopped.value.code == USAGE


# Dry run and JSON


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
    }


def test_no_lock_and_no_state_stay_outside_the_stacks_own_folder(bench: Bench, project: Path) -> None:
    deploy(bench, web="demo:1")
    assert sorted(path.name for path in project.iterdir()) == [".tandem", "Pulumi.local.yaml", "Pulumi.yaml"]
