"""The switch when all is well."""

from __future__ import annotations

import pytest

from tests import load
from tests.host.stage import Stage, ended

pytestmark = pytest.mark.host


def test_before_the_first_release_the_gateway_answers_503_by_itself(stage: Stage) -> None:
    status, headers, body = stage.get()

    assert (status, headers["x-served-by"], headers["retry-after"]) == (503, "gateway", "5")
    assert "web: no release answers" in body
    assert stage.get("nobody.localhost")[0] == 404


def test_the_first_release_is_put_live_once_it_is_ready(stage: Stage) -> None:
    stage.release("green-11111111", boot=0.5)

    receipt = stage.switch("green-11111111").receipt

    assert receipt["ok"] is True
    assert (receipt["app"], receipt["release"], receipt["from"], receipt["moved"]) == (
        "web",
        "green-11111111",
        None,
        True,
    )
    assert set(receipt) >= {"ready_ms", "first_ms", "flip_ms", "total_ms", "at"}
    assert stage.served_by() == "green-11111111"
    assert stage.known() == {"web": {"live": "green-11111111", "releases": ["green-11111111"]}}


def test_a_switch_that_goes_well_says_nothing_but_its_receipt(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.release("blue-22222222")

    assert [stage.switch(release).stderr for release in ("green-11111111", "blue-22222222")] == ["", ""]


def test_the_same_spec_again_proves_again_and_moves_nothing(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.switch("green-11111111")
    before = stage.live_file().read_bytes()

    receipt = stage.switch("green-11111111").receipt

    assert (receipt["moved"], receipt["from"]) == (False, "green-11111111")
    assert stage.live_file().read_bytes() == before


def test_a_prepared_release_is_probed_and_known_but_gets_no_traffic(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.switch("green-11111111")
    stage.release("blue-22222222", boot=0.5)

    receipt = stage.switch("green-11111111", "blue-22222222").receipt

    assert receipt["moved"] is False
    assert stage.served_by() == "green-11111111"
    assert stage.known()["web"] == {"live": "green-11111111", "releases": ["green-11111111", "blue-22222222"]}


def test_a_standby_that_was_finalized_is_named_no_more(stage: Stage) -> None:
    for release in ("green-11111111", "blue-22222222"):
        stage.release(release)
    stage.switch("green-11111111", "blue-22222222")

    receipt = stage.switch("green-11111111").receipt

    assert receipt["moved"] is False
    assert "blue-22222222" not in stage.live_file().read_text()
    assert stage.served_by() == "green-11111111"


def test_deploys_and_rollbacks_under_load_lose_nothing(stage: Stage) -> None:
    for release in ("green-11111111", "blue-22222222"):
        stage.release(release)
    stage.switch("green-11111111")
    moves = [("blue-22222222", "green-11111111"), ("green-11111111", "blue-22222222")] * 3

    with load.background(stage.port, header="web.localhost", think=0.005) as seen:
        for live, standby in moves:
            assert stage.switch(live, standby).receipt["moved"] is True

    assert seen.lost == 0, str(seen)
    assert set(seen.release) == {"green-11111111", "blue-22222222"}
    assert seen.requests > 1000, str(seen)


def test_a_release_whose_container_was_replaced_moves_to_the_new_one_without_loss(stage: Stage) -> None:
    old = stage.release("green-11111111")
    stage.switch("green-11111111")
    new = stage.release("green-11111111")

    with load.background(stage.port, header="web.localhost", think=0.005) as seen:
        receipt = stage.switch("green-11111111").receipt
        guarded = stage.guard("green-11111111", container=old)
        stage.containers["old"] = old

    assert (receipt["moved"], guarded.code) == (False, 0), guarded.stderr
    assert seen.lost == 0, str(seen)
    assert new in stage.live_file().read_text()
    assert old not in stage.live_file().read_text()


def test_two_apps_switch_at_the_same_time(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.release("blue-22222222", app="web-admin")

    both = [
        stage.start_script("switch", "web", stage.spec("green-11111111")),
        stage.start_script("switch", "web-admin", stage.spec("blue-22222222", app="web-admin")),
    ]

    for process in both:
        assert ended(process).receipt["moved"] is True
    assert stage.served_by("web.localhost") == "green-11111111"
    assert stage.served_by("admin.localhost") == "blue-22222222"


def test_an_empty_rollout_writes_a_live_file_that_serves_nobody(stage: Stage) -> None:
    receipt = stage.switch(None).receipt

    assert (receipt["release"], receipt["from"], receipt["moved"]) == (None, None, False)
    assert stage.get()[0] == 503
    assert stage.known() == {"web": {"live": None, "releases": []}}


def test_a_pointer_file_turns_what_serves_and_the_next_switch_writes_it_down(stage: Stage) -> None:
    for release in ("green-11111111", "blue-22222222"):
        stage.release(release)
    stage.switch("green-11111111", "blue-22222222", back="blue-22222222")
    (pointer,) = [word for word in stage.live_file().read_text().split() if ".flip." in word]
    (stage.directory / "live" / pointer.strip(";")).touch()

    assert stage.served_by() == "blue-22222222"
    assert stage.serving()["web"]["live"] == "blue-22222222"
    assert stage.guard("blue-22222222").code == 75
    receipt = stage.switch("blue-22222222", "green-11111111").receipt

    assert (receipt["from"], receipt["moved"]) == ("blue-22222222", False)
    assert stage.served_by() == "blue-22222222"
    assert f"_gen {{ * {receipt['release']}; }}" in stage.live_file().read_text()


def test_the_last_hundred_receipts_are_kept(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.switch("green-11111111")
    receipts = stage.directory / "state" / "web.receipts.jsonl"
    receipts.write_text(receipts.read_text() * 120)

    stage.switch("green-11111111")

    kept = receipts.read_text().splitlines()
    assert (len(kept), '"moved":false' in kept[-1]) == (100, True)


def test_an_app_sees_the_host_and_port_that_its_visitor_typed(stage: Stage) -> None:
    stage.release("green-11111111")
    stage.switch("green-11111111")

    assert stage.get("web.localhost:8080")[1]["x-asked-host"] == "web.localhost:8080"
    assert stage.get("WEB.localhost")[1]["x-asked-host"] == "web.localhost"
