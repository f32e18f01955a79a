"""A release that was switched off gets no traffic again by an update that does not know of it."""

from __future__ import annotations

import pytest

from tests.host.stage import Stage

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"


@pytest.fixture
def barred(switched: Stage) -> Stage:
    """Blue was switched off, green serves again."""
    switched.back("it failed").receipt  # noqa: B018  (asserts that it succeeded)
    switched.switch(GREEN, BLUE).receipt  # noqa: B018  (the same)
    return switched


def test_a_barred_release_is_refused_before_anything_is_done(barred: Stage) -> None:
    before = barred.live_file().read_bytes()

    refused = barred.switch(BLUE, GREEN, back=GREEN)

    assert (refused.code, refused.stdout) == (77, "")
    assert "web: blue-22222222 is barred since 20" in refused.stderr
    assert "(it failed); green-11111111 serves, as before." in refused.stderr
    assert "--force" in refused.stderr
    assert (barred.live_file().read_bytes(), barred.state(BLUE)) == (before, "running")


def test_it_may_stand_by_but_is_no_canary_and_no_way_back(barred: Stage) -> None:
    assert barred.switch(GREEN, BLUE).code == 0
    assert barred.switch(GREEN, BLUE, canary=10, back=GREEN).code == 77
    barred.release("green-33333333")

    receipt = barred.switch("green-33333333", BLUE, back=BLUE).receipt

    assert (receipt["back"], barred.serving()["web"]["back"]) == (None, None)


def test_the_same_image_with_other_settings_is_barred_too(barred: Stage) -> None:
    barred.release("blue-44444444")

    refused = barred.switch("blue-44444444", GREEN, images={"blue-44444444": "sha256:22222222"})

    assert refused.code == 77, refused.stderr
    assert barred.switch("blue-44444444", GREEN).code == 0


def test_where_both_have_one_image_the_settings_are_to_blame(pair: Stage) -> None:
    same = {GREEN: "app:1", BLUE: "app:1", "blue-44444444": "app:1"}
    pair.switch(BLUE, GREEN, back=GREEN, images=same).receipt  # noqa: B018  (asserts that it succeeded)
    pair.back().receipt  # noqa: B018  (the same)
    pair.release("blue-44444444")

    assert pair.serving()["web"]["barred"][0]["image"] is None
    assert pair.switch(BLUE, GREEN, images=same).code == 77
    assert pair.switch("blue-44444444", GREEN, images=same).code == 0


@pytest.mark.parametrize("what", ["22222222", BLUE, "sha256:22222222"])
def test_it_is_pardoned_by_hash_by_name_or_by_image_and_that_is_written_down(barred: Stage, what: str) -> None:
    pardoned = barred.pardon(what, 'a "bad" disk').receipt

    assert (pardoned["kind"], pardoned["pardoned"], pardoned["why"]) == (
        "pardon",
        what.removeprefix("blue-"),
        "a bad disk",
    )
    assert pardoned["who"]
    assert barred.receipts()[-1] == pardoned
    assert barred.serving()["web"]["barred"] == []
    assert barred.switch(BLUE, GREEN, back=GREEN).receipt["moved"] is True


def test_a_pardon_of_what_is_not_barred_says_so_and_one_without_a_reason_is_refused(barred: Stage) -> None:
    nothing = barred.pardon("33333333")
    unsaid = barred.pardon("22222222", "")

    assert (nothing.code, "nothing is barred by 33333333" in nothing.stderr) == (0, True)
    assert (unsaid.code, len(barred.serving()["web"]["barred"])) == (64, 1)


def test_one_that_serves_already_is_proved_again_whatever_is_barred(switched: Stage) -> None:
    (switched.directory / "state" / "web.barred").write_text("22222222\t-\t2026-01-01T00:00:00Z\tby hand\n")

    assert switched.switch(BLUE, GREEN, back=GREEN).receipt["moved"] is False
