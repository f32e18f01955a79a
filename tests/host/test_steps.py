"""The steps that the scripts announce where somebody listens, and the receipts of a switch that was killed."""

from __future__ import annotations

import pytest

from tests.faults import steps
from tests.host.stage import Stage, ended, until

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"


def test_a_switch_announces_its_steps_in_order(serving: Stage) -> None:
    serving.release(BLUE)

    with steps.announced(serving.directory / "state") as announced:
        assert serving.switch(BLUE, GREEN, back=GREEN).code == 0
        said = [step for _, step in announced.seen]

    assert said == list(steps.SWITCH)


def test_one_that_changes_nothing_announces_what_it_does(serving: Stage) -> None:
    with steps.announced(serving.directory / "state") as announced:
        assert serving.switch(GREEN).code == 0
        said = [step for _, step in announced.seen]

    assert said == ["locked", "checked", "begun", "ready", "proved", "committed"]


@pytest.mark.parametrize("step", ["weights", "proved"])
def test_a_switch_whose_hosts_half_is_killed_ends_and_leaves_its_receipt(pair: Stage, step: str) -> None:
    with steps.announced(pair.directory / "state") as announced:
        switch = pair.start_script("switch", "web", pair.spec(BLUE, GREEN, back=GREEN))
        announced.arm(step, switch.kill)
        assert announced.struck.wait(20)
        ended(switch)

    until(lambda: pair.receipts()[-1]["release"] == BLUE)
    receipt = pair.receipts()[-1]
    assert (receipt["kind"], receipt["from"], receipt["moved"]) == ("switch", GREEN, True)
    assert receipt["id"] in pair.live_file().read_text()
    assert pair.served_by() == BLUE


def test_each_receipt_names_the_live_file_it_is_about(pair: Stage) -> None:
    first = pair.switch(BLUE, GREEN, back=GREEN).receipt
    pair.release("green-33333333")
    prepared = pair.switch(BLUE, GREEN, back=GREEN).receipt
    moved = pair.switch("green-33333333", BLUE, back=BLUE).receipt

    assert (first["image"], first["back"]) == ("sha256:22222222", GREEN)
    assert (prepared["id"], prepared["moved"]) == (first["id"], False)
    assert moved["id"] != first["id"]
    assert [receipt["id"] for receipt in pair.receipts()][-3:] == [first["id"], first["id"], moved["id"]]
