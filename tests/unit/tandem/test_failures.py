from __future__ import annotations

import pytest

from tandem.exits import FAILED, INTERRUPTED, PENDING, FailedRun
from tandem.moves import deploys, turns
from tandem.stack.session import Session
from tests.unit.tandem.fakes import Bench, hash8, image_id


def deploy(bench: Session, *, finalize: bool = False, **wanted: str) -> None:
    deploys.deploy(bench, wanted, finalize=finalize)


def prepare(bench: Session, **wanted: str) -> None:
    turns.prepare(bench, wanted, colour=None, skip_pull=False)


def served(bench: Bench, app: str) -> str | None:
    return bench.fake_host.live[app]


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
    prepare(bench.again(), web="demo:2", admin="demo:3")
    bench.fake_engine.wont_flip = {"admin"}
    with pytest.raises(FailedRun) as failed:
        turns.switch(bench.again(), ["web", "admin"], to=None)
    assert failed.value.code == FAILED
    assert bench.rollouts["web"]["live"] == "green"
    assert bench.rollouts["admin"]["live"] == "blue"
    assert bench.rollouts["admin"]["standby"] == "next"
    assert f"admin: blue-{hash8(image_id(1))} serves, as before" in str(failed.value)
    assert f"web: green-{hash8(image_id(2))} is live" in str(failed.value)


def test_a_plain_up_after_a_failed_deploy_removes_the_bad_container_only(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_engine.breaks = {"web"}
    with pytest.raises(FailedRun):
        deploy(bench.again(), web="demo:2")
    bench.fake_engine.breaks = set()
    from tandem.moves import up

    up.up(bench.again())
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
