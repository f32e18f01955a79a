from __future__ import annotations

import pytest

from tandem.exits import REFUSED, FailedRun, Stop
from tandem.moves import deploys, turns
from tandem.stack.session import Session
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deploy(bench: Session, *, finalize: bool = False, **wanted: str) -> None:
    deploys.deploy(bench, wanted, finalize=finalize)


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
    deploys.deploy(bench.again(), {"web": "demo:2"}, colour="blue", skip_pull=False, finalize=False)
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
