"""The way back by the pointer, and the next switch that follows it."""

from __future__ import annotations

import pytest

from tests import load
from tests.faults import steps
from tests.host.docker import docker
from tests.host.stage import Stage, ended, until

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"


def pointers(stage: Stage) -> list[str]:
    return sorted(path.name for path in (stage.directory / "live").glob("web.flip.*"))


def test_the_previous_release_serves_again_and_the_receipt_says_who_and_why(switched: Stage) -> None:
    switch = switched.receipts()[-1]

    with load.background(switched.port, header="web.localhost", think=0.005) as seen:
        receipt = switched.back('it "is"\tslow').receipt

    assert (receipt["kind"], receipt["release"], receipt["from"], receipt["moved"]) == ("back", GREEN, BLUE, True)
    assert (receipt["id"], receipt["barred"], receipt["why"]) == (switch["id"], BLUE, "it is slow")
    assert (receipt["image"], receipt["back"], receipt["canary"]) == ("sha256:11111111", None, None)
    assert set(receipt) >= {"ready_ms", "first_ms", "flip_ms", "total_ms", "at"}
    assert switched.receipts()[-1] == receipt
    assert seen.lost == 0, str(seen)
    said = switched.serving()["web"]
    assert (said["live"], said["pointer"], said["back"]) == (GREEN, True, None)
    assert [(bar["hash"], bar["image"], bar["why"]) for bar in said["barred"]] == [
        ("22222222", "sha256:22222222", "it is slow")
    ]


def test_the_next_switch_writes_the_pointer_into_the_weights_and_loses_nothing(switched: Stage) -> None:
    switched.back().receipt  # noqa: B018  (asserts that it succeeded)

    with load.background(switched.port, header="web.localhost", think=0.005) as seen:
        followed = switched.switch(GREEN, BLUE).receipt
        once_more = switched.switch(GREEN, BLUE).receipt

    assert (followed["from"], followed["release"], followed["moved"]) == (GREEN, GREEN, False)
    assert once_more["moved"] is False
    assert seen.lost == 0, str(seen)
    assert f"$web_gen {{ * {GREEN}; }}" in switched.live_file().read_text()
    assert switched.serving()["web"]["pointer"] is False
    assert (switched.served_by(), pointers(switched)) == (GREEN, [])


def test_a_gateway_that_starts_again_still_honours_the_pointer(switched: Stage) -> None:
    switched.back().receipt  # noqa: B018  (asserts that it succeeded)

    switched.restart_gateway()

    until(lambda: switched.served_by() == GREEN)


def test_a_canary_goes_back_to_the_live_release_and_is_barred(pair: Stage) -> None:
    pair.switch(GREEN, BLUE, canary=50, back=GREEN).receipt  # noqa: B018  (asserts that it succeeded)

    receipt = pair.back().receipt

    assert (receipt["release"], receipt["from"], receipt["moved"], receipt["barred"]) == (GREEN, GREEN, False, BLUE)
    assert pair.serving()["web"]["canary"] is None
    assert pair.switch(GREEN, BLUE, canary=50, back=GREEN).code == 77


def test_twice_is_refused_and_changes_nothing(switched: Stage) -> None:
    switched.back().receipt  # noqa: B018  (asserts that it succeeded)
    receipts = switched.receipts()

    again = switched.back()

    assert (again.code, "green-11111111 serves already" in again.stderr) == (75, True), again.stderr
    assert (switched.served_by(), switched.receipts()) == (GREEN, receipts)


def test_with_nothing_to_go_back_to_it_is_refused(pair: Stage) -> None:
    refused = pair.back()

    assert refused.code == 75
    assert refused.stderr == ("web: green-11111111 serves and there is no release to go back to; nothing was changed\n")


def test_a_previous_release_that_does_not_answer_is_no_way_back(switched: Stage) -> None:
    switched.kill(switched.container(GREEN))

    refused = switched.back()

    assert (refused.code, "green-11111111 does not answer" in refused.stderr) == (75, True), refused.stderr
    assert (switched.served_by(), pointers(switched)) == (BLUE, [])
    assert switched.serving()["web"]["barred"] == []


def test_a_previous_release_that_is_sick_is_no_way_back(pair: Stage) -> None:
    pair.release("green-33333333", health=500)
    exec_health = (("health", "exec"), ("arg", "true"))
    pair.switch("green-33333333", health=exec_health).receipt  # noqa: B018  (asserts that it succeeded)
    pair.switch(BLUE, "green-33333333", back="green-33333333").receipt  # noqa: B018  (the same)

    refused = pair.back()

    assert (refused.code, "HTTP 500 from /healthz" in refused.stderr) == (75, True), refused.stderr
    assert pair.served_by() == BLUE


def test_without_a_gateway_it_says_so(switched: Stage) -> None:
    switched.kill(switched.gateway)

    refused = switched.back()

    assert (refused.code, "no gateway container runs" in refused.stderr) == (70, True), refused.stderr


def test_a_switch_that_runs_meanwhile_gives_up_and_the_way_back_holds(switched: Stage) -> None:
    switched.release("green-33333333", boot=3)
    slow = switched.start_script("switch", "web", switched.spec("green-33333333", BLUE, back=BLUE))
    until(lambda: "green-33333333" in switched.live_file().read_text())

    receipt = switched.back().receipt
    outcome = ended(slow)

    assert receipt["release"] == GREEN
    assert outcome.code == 75, outcome.stderr
    assert "switched back by the pointer while this switch ran" in outcome.stderr
    assert switched.served_by() == GREEN
    assert "green-33333333" not in switched.live_file().read_text()


def test_a_switch_that_was_turned_back_before_it_could_prove_itself_does_not_say_that_it_succeeded(
    switched: Stage,
) -> None:
    with steps.announced(switched.directory / "state") as announced:
        outcomes = []
        announced.arm("reloaded", lambda: outcomes.append(switched.back()))
        switch = switched.switch(GREEN, BLUE, back=BLUE)

    (back,) = outcomes
    assert back.receipt["release"] == BLUE
    assert switch.code == 75, switch.stderr
    assert "web: blue-22222222 serves, as before" in switch.stderr
    assert switched.served_by() == BLUE
    assert switched.receipts()[-1] == back.receipt


def test_what_served_is_kept_as_the_way_back_until_the_verdict(serving: Stage) -> None:
    """Where the rollout itself keeps none: a plain deploy that replaces a release."""
    serving.release(BLUE)

    receipt = serving.switch(BLUE, window=600).receipt

    assert receipt["back"] == GREEN
    said = serving.serving()["web"]
    assert (said["back"], said["releases"]) == (GREEN, [BLUE, GREEN])
    assert serving.back().receipt["release"] == GREEN
    assert serving.served_by() == GREEN


def test_the_way_back_is_taken_out_when_it_may_be_deleted_and_nothing_is_lost(serving: Stage) -> None:
    serving.release(BLUE)
    moved = serving.switch(BLUE, window=600).receipt
    forget = ("exec", serving.gateway, "/gw/current/bin/forget", "web")

    with load.background(serving.port, header="web.localhost", think=0.005) as seen:
        docker(*forget, BLUE)
        assert serving.serving()["web"]["back"] == GREEN
        docker(*forget, GREEN)

    assert seen.lost == 0, str(seen)
    assert (serving.serving()["web"]["back"], serving.known()["web"]["releases"]) == (None, [BLUE])
    assert moved["id"] not in serving.live_file().read_text()
    assert serving.back().code == 75


def test_the_next_switch_takes_it_out_too(serving: Stage) -> None:
    serving.release(BLUE)
    serving.switch(BLUE, window=600)

    receipt = serving.switch(BLUE, window=600).receipt

    assert (receipt["moved"], receipt["back"]) == (False, None)
    assert serving.known()["web"] == {"live": BLUE, "releases": [BLUE]}


def test_without_a_watch_or_without_its_container_nothing_is_kept(serving: Stage) -> None:
    serving.release(BLUE)
    serving.switch(BLUE)
    assert serving.serving()["web"]["back"] is None

    serving.release("green-33333333")
    serving.remove(BLUE)
    serving.switch("green-33333333", window=600)

    assert serving.serving()["web"]["back"] is None
    assert serving.known()["web"]["releases"] == ["green-33333333"]


def test_what_somebody_has_just_left_is_no_way_back_that_a_watch_may_take(switched: Stage) -> None:
    switched.switch(GREEN, BLUE, window=30).receipt  # noqa: B018  (a rollback: blue is kept, but as the next release)

    assert switched.serving()["web"]["back"] is None
    assert switched.back().code == 75
    assert switched.served_by() == GREEN
