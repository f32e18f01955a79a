from __future__ import annotations

import json

import pytest

from tandem.exits import ENVIRONMENT, REFUSED, FailedRun, Stop
from tandem.looks import history
from tandem.moves import emergency
from tests.unit.tandem.fakes import Bench, hash8, image_id
from tests.unit.tandem.moving import GATEWAY, blue, deploy, green, switched

# rollback --now


def test_now_flips_in_the_gateway_and_the_file_follows_without_an_engine(bench: Bench) -> None:
    following = switched(bench)
    emergency.rollback(following, ["web"])
    assert bench.fake_docker.executed[0][:3] == ("id-gateway", "/gw/current/bin/back", "web")
    assert following.fake_engine.runs == []
    assert bench.rollouts["web"]["live"] == "blue"
    assert bench.rollouts["web"]["green"] == {"image": image_id(2), "frozen": hash8(image_id(2))}
    assert bench.rollouts["web"]["standby"] == "next"
    assert f"web: {blue(1)} serves again, {green(2)} is barred" in following.out.getvalue()


def test_now_works_while_another_command_is_at_work_and_leaves_the_file_to_it(bench: Bench) -> None:
    following = switched(bench)
    before = bench.text
    with bench.alone("deploy web"):
        emergency.rollback(following, ["web"])
    assert bench.fake_host.live["web"] == blue(1)
    assert bench.text == before
    assert "the stack file does not follow yet" in following.errors.getvalue()


def test_now_works_without_the_stack_file(bench: Bench) -> None:
    following = switched(bench)
    bench.stack.file.rename(bench.stack.file.with_name("elsewhere"))
    following.__dict__.pop("stack", None)
    emergency.rollback(following, ["web"])
    assert bench.fake_host.live["web"] == blue(1)
    assert "does not exist" in following.errors.getvalue()


def test_with_nothing_warm_now_is_refused_with_what_is_possible(bench: Bench) -> None:
    deploy(bench, web="demo:1")
    bench.fake_host.boxes.append(GATEWAY)
    with pytest.raises(FailedRun, match="nothing stands by; possible is: tandem rollback web") as failed:
        emergency.rollback(bench.again(), ["web"])
    assert failed.value.code == REFUSED


def test_of_two_apps_the_one_with_nothing_warm_does_not_stop_the_other(bench: Bench) -> None:
    following = switched(bench)
    with pytest.raises(FailedRun, match="admin: nothing stands by") as failed:
        emergency.rollback(following, ["admin", "web"])
    assert failed.value.code == REFUSED
    assert bench.fake_host.live["web"] == blue(1)
    assert bench.rollouts["web"]["live"] == "blue"


def test_without_a_gateway_now_says_so(bench: Bench) -> None:
    with pytest.raises(Stop, match=r"no gateway of shop-local runs \(there is none\)") as stopped:
        emergency.rollback(bench, ["web"])
    assert stopped.value.code == ENVIRONMENT


# History, and the way back to any of it


def receipt(app: str, release: str, image: str | None, at: str, **more: object) -> str:
    said = {"app": app, "kind": "switch", "id": at, "release": release, "from": None, "moved": True, "image": image}
    return "receipt " + json.dumps({**said, "ready_ms": 150, "flip_ms": 170, "at": at, **more})


def past(bench: Bench) -> Bench:
    deploy(bench, web="demo:3")
    bench.fake_host.past = [
        receipt("web", "blue-11111111", image_id(1), "2026-10-01"),
        receipt("web", "green-22222222", image_id(2), "2026-10-02"),
        receipt("web", "green-22222222", image_id(2), "2026-10-02", moved=False),
        receipt("web", "blue-33333333", image_id(3), "2026-10-03"),
        "ledger "
        + json.dumps(
            {
                "app": "web",
                "id": "2026-10-02",
                "release": "green-22222222",
                "verdict": "good",
                "before": {"requests": 7},
                "during": {"requests": 8},
                "after": {"requests": 9},
                "failed_at_gateway": 0,
                "streams": {"kept": 3, "cut": 1},
                "unknown": ["a worker was killed"],
            }
        ),
        "receipt {half",
    ]
    return bench.again()


def test_history_is_newest_first_with_the_ledger_of_each_move(bench: Bench) -> None:
    entries = history.read(past(bench), ["web"])
    assert [entry["at"] for entry in entries] == ["2026-10-03", "2026-10-02", "2026-10-01"]
    _, newest, second, _, *unknown = history.lines(entries)
    assert "blue-33333333" in newest
    assert second.split()[-4:] == ["good", "7/8/9", "0", "3/1"]
    assert unknown == ["! web 2026-10-02: unknown: a worker was killed"]


def test_before_anything_moved_there_is_no_history(bench: Bench) -> None:
    assert history.lines(history.read(bench, [])) == ["nothing has moved yet"]


@pytest.mark.parametrize("wanted", ["blue-11111111", "11111111", "demo:1", image_id(1), image_id(1)[7:19]])
def test_rollback_to_deploys_the_image_of_an_earlier_release(bench: Bench, wanted: str) -> None:
    history.rollback_to(past(bench), "web", wanted, force=None)
    assert bench.rollouts["web"]["live"] == "green"
    assert bench.rollouts["web"]["green"] == {"image": image_id(1)}


def test_a_way_back_does_not_wait_for_what_is_wrong_with_the_checkout(bench: Bench) -> None:
    following = past(bench)
    (following.stack.directory / ".git").mkdir()
    (following.stack.directory / ".secrets-allowed").write_text("three words here\n")
    history.rollback_to(following, "web", image_id(1), force=None)


def test_rollback_to_what_never_served_lists_what_did(bench: Bench) -> None:
    following = past(bench)
    with pytest.raises(Stop, match=r"demo:9 has never served here(.|\n)*blue-11111111  sha256:1111") as stopped:
        history.rollback_to(following, "web", "demo:9", force=None)
    assert stopped.value.code == REFUSED
    assert following.fake_engine.runs == []
