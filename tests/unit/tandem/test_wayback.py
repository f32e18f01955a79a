"""`rollback` while no update of the stack is possible."""

from __future__ import annotations

import pytest

from tandem.checks import before
from tandem.cloud import beforehand
from tandem.exits import ENVIRONMENT, FAILED, PENDING, REFUSED, USAGE, FailedRun, Stop
from tandem.moves import wayback
from tandem.says.summary import Summary
from tandem.stack.session import Session
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import GATEWAY, blue, deploy, green, switched


def refusing(monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    def ask(*_given: object) -> None:
        raise refusal

    monkeypatch.setattr(beforehand, "ask", ask)


def test_what_a_gate_refuses_does_not_keep_the_traffic_from_going_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = switched(bench)
    summary = Summary("rollback web", "pulumi", {}, 0.1)
    refusing(monkeypatch, FailedRun("rollback web: refused, nothing was changed\ndisk would go", REFUSED, summary))
    with pytest.raises(FailedRun, match="the traffic is back") as failed:
        wayback.rollback(following, ["web"])
    assert failed.value.code == PENDING
    assert bench.fake_host.live["web"] == blue(1)
    assert bench.rollouts["web"]["live"] == "blue", "this file can follow"
    assert "disk would go" in following.errors.getvalue()


def test_nor_does_a_secret_that_is_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    following = switched(bench)

    def update(_session: Session) -> None:
        raise Stop("secrets: DB_PASSWORD of admin is not in the environment", ENVIRONMENT)

    monkeypatch.setattr(before, "update", update)
    with pytest.raises(FailedRun) as failed:
        wayback.rollback(following, ["web"])
    assert (failed.value.code, bench.fake_host.live["web"]) == (PENDING, blue(1))


def test_with_nothing_that_stands_by_both_reasons_are_said(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_host.boxes.append(GATEWAY)
    bench.stack.file.write_text(bench.text.replace("port:", "prot:"))
    following = bench.again()
    with pytest.raises(FailedRun, match="nothing stands by") as failed:
        wayback.rollback(following, ["web"])
    assert failed.value.code == REFUSED
    assert "apps.web.prot" in following.errors.getvalue()


def test_without_a_gateway_the_first_reason_is_the_exit_code(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.stack.file.write_text(bench.text.replace("port:", "prot:"))
    with pytest.raises(Stop, match="no gateway of shop-local runs") as stopped:
        wayback.rollback(bench.again(), ["web"])
    assert stopped.value.code == USAGE


def test_a_move_out_of_turn_and_a_wrong_name_are_refused_as_ever(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_host.boxes.append(GATEWAY)
    for app, code in (("web", REFUSED), ("wbe", USAGE)):
        with pytest.raises(Stop) as stopped:
            wayback.rollback(bench.again(), [app])
        assert stopped.value.code == code
    assert bench.fake_docker.executed == []


def test_a_run_that_fails_names_the_way_on_the_host_alone_and_does_not_take_it(bench: Bench) -> None:
    following = switched(bench)
    bench.fake_engine.breaks.add("web")
    with pytest.raises(FailedRun, match="next: tandem rollback --now web moves the traffic") as failed:
        wayback.rollback(following, ["web"])
    assert failed.value.code == FAILED
    assert bench.fake_host.live["web"] == green(2)
