"""What happens between moves: releases are frozen after success, and the host's truth wins over the file."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from config import rollout
from config.rollout import COLOURS, Drained, MoveRefused, Rollout, Served, Slot, other

LIVE, STANDBY = "green-11111111", "blue-22222222"
BOTH = {LIVE: "demo:1", STANDBY: "demo:2"}
NEXT = Rollout(live="green", green=Slot(image="demo:1"), blue=Slot(image="demo:2"), standby="next")
PREVIOUS = Rollout(
    live="green", green=Slot(image="demo:1"), blue=Slot(image="demo:2", frozen="22222222"), standby="previous"
)


class TestFreeze:
    def test_the_standby_is_frozen_as_the_host_has_it(self) -> None:
        frozen = rollout.freeze(NEXT, {"green": "11111111", "blue": "22222222"}, {"green": "11111111"})

        assert frozen.blue == Slot(image="demo:2", frozen="22222222")
        assert frozen.green == Slot(image="demo:1")

    def test_a_live_release_thaws_when_the_settings_give_the_same(self) -> None:
        r = Rollout(live="green", green=Slot(image="demo:1", frozen="11111111"))

        assert rollout.freeze(r, {}, {"green": "11111111"}).green == Slot(image="demo:1")
        assert rollout.freeze(r, {}, {"green": "33333333"}) == r

    def test_without_word_from_the_host_nothing_changes(self) -> None:
        for r in (Rollout(), NEXT, PREVIOUS):
            assert rollout.freeze(r, {}, {}) == r

    def test_a_way_back_keeps_its_hash_when_it_becomes_live_again(self) -> None:
        back = rollout.rollback(PREVIOUS, hashes={"green": "11111111", "blue": "22222222"})

        assert back.blue == Slot(image="demo:2", frozen="22222222")
        assert back.green == Slot(image="demo:1", frozen="11111111")

    def test_a_release_unknown_to_the_host_stops_being_live_without_a_hash(self) -> None:
        assert rollout.switch(NEXT, hashes={}).green == Slot(image="demo:1")


class TestAdopt:
    @pytest.mark.parametrize("r", [Rollout(), NEXT, PREVIOUS])
    def test_a_host_that_serves_nothing_changes_nothing(self, r: Rollout) -> None:
        assert rollout.adopt(r, Served(None, {})) == r

    @pytest.mark.parametrize("r", [NEXT, PREVIOUS])
    def test_a_host_that_agrees_changes_nothing(self, r: Rollout) -> None:
        assert rollout.adopt(r, Served(LIVE, BOTH)) == r

    def test_the_live_colour_takes_the_hosts_image_exactly_as_it_runs(self) -> None:
        adopted = rollout.adopt(NEXT, Served("green-33333333", {"green-33333333": "demo:3", STANDBY: "demo:2"}))

        assert adopted == NEXT.model_copy(update={"green": Slot(image="demo:3", frozen="33333333")})

    def test_a_frozen_live_release_takes_the_hosts_hash(self) -> None:
        r = Rollout(live="green", green=Slot(image="demo:1", frozen="99999999"))

        assert rollout.adopt(r, Served(LIVE, BOTH)).green == Slot(image="demo:1", frozen="11111111")

    def test_when_the_host_went_back_the_release_it_left_is_next(self) -> None:
        adopted = rollout.adopt(PREVIOUS, Served(STANDBY, BOTH))

        assert adopted.phase == "prepared"
        assert (adopted.live, adopted.blue) == ("blue", Slot(image="demo:2", frozen="22222222"))
        assert adopted.green == Slot(image="demo:1", frozen="11111111")

    def test_a_canary_ends_when_the_host_sends_all_traffic_to_it(self) -> None:
        adopted = rollout.adopt(rollout.canary(NEXT, 10), Served(STANDBY, BOTH))

        assert (adopted.live, adopted.canary, adopted.standby) == ("blue", None, "next")
        assert adopted.blue == Slot(image="demo:2")

    def test_a_colour_whose_container_is_gone_is_dropped(self) -> None:
        adopted = rollout.adopt(PREVIOUS, Served(STANDBY, {STANDBY: "demo:2"}))

        assert adopted == Rollout(live="blue", blue=Slot(image="demo:2", frozen="22222222"))

    def test_a_container_of_that_colour_with_another_image_is_not_the_one_that_was_live(self) -> None:
        adopted = rollout.adopt(PREVIOUS, Served(STANDBY, {STANDBY: "demo:2", "green-44444444": "demo:4"}))

        assert adopted.green is None

    def test_a_file_without_rollout_learns_what_serves(self) -> None:
        assert rollout.adopt(Rollout(), Served(LIVE, BOTH)) == Rollout(
            live="green", green=Slot(image="demo:1", frozen="11111111")
        )

    def test_a_reverted_file_learns_the_image_of_the_other_colour(self) -> None:
        reverted = Rollout(live="green", green=Slot(image="demo:1"))
        adopted = rollout.adopt(reverted, Served(STANDBY, BOTH))

        assert adopted.live == "blue"
        assert adopted.blue == Slot(image="demo:2", frozen="22222222")
        assert adopted.green == Slot(image="demo:1", frozen="11111111")

    def test_a_pointer_flip_ends_a_canary_and_leaves_the_release_prepared(self) -> None:
        adopted = rollout.adopt(rollout.canary(NEXT, 10), Served(LIVE, BOTH, pointer=True))

        assert adopted == NEXT

    def test_a_pointer_flip_after_a_switch_is_what_rollback_now_says(self) -> None:
        adopted = rollout.adopt(PREVIOUS, Served(STANDBY, BOTH, pointer=True))

        assert adopted == rollout.rollback_now(PREVIOUS, hashes={"green": "11111111"})

    def test_a_canary_has_the_weight_that_the_host_gives_it(self) -> None:
        for canary in ({STANDBY: 50}, {STANDBY: 50, "green-99999999": 3}):
            adopted = rollout.adopt(rollout.canary(NEXT, 10), Served(LIVE, BOTH, canary=canary))

            assert adopted == rollout.canary(NEXT, 50)

    def test_a_canary_that_the_host_does_not_run_is_none(self) -> None:
        assert rollout.adopt(rollout.canary(NEXT, 10), Served(LIVE, BOTH, canary={})) == NEXT
        assert rollout.adopt(PREVIOUS, Served(LIVE, BOTH, canary={})) == PREVIOUS

    def test_a_host_that_says_nothing_of_a_canary_leaves_it(self) -> None:
        canary = rollout.canary(NEXT, 10)

        assert rollout.adopt(canary, Served(LIVE, BOTH)) == canary

    @pytest.mark.parametrize("r", [PREVIOUS, Rollout(live="green", green=Slot(image="demo:1"))])
    def test_a_reverted_file_learns_of_the_canary_that_runs(self, r: Rollout) -> None:
        adopted = rollout.adopt(r, Served(LIVE, BOTH, canary={STANDBY: 25}))

        assert (adopted.phase, adopted.canary) == ("canary", 25)
        assert adopted.blue == Slot(image="demo:2", frozen="22222222")

    def test_a_flip_back_to_what_drains_makes_it_live_again_and_drains_the_other(self) -> None:
        draining = (Drained(colour="green", image="demo:1", frozen="11111111"),)
        r = Rollout(live="green", green=Slot(image="demo:3"), draining=draining)
        adopted = rollout.adopt(r, Served(LIVE, {LIVE: "demo:1", "green-33333333": "demo:3"}, pointer=True))

        assert adopted.green == Slot(image="demo:1", frozen="11111111")
        assert [entry.release for entry in adopted.draining] == ["green-33333333"]

    def test_a_release_without_a_container_serves_nothing(self) -> None:
        stable = Rollout(live="green", green=Slot(image="demo:1"))

        assert rollout.adopt(stable, Served(STANDBY, {})) == stable


def test_two_thousand_random_moves_keep_the_value_valid_and_raise_only_refusals() -> None:
    chance = random.Random(4)
    r, refused, phases = Rollout(), 0, set()
    for _ in range(2000):
        try:
            r = random_move(chance, r)
        except MoveRefused:
            refused += 1
        assert Rollout.model_validate(r.model_dump()) == r
        phases.add(r.phase)

    assert phases == {"empty", "stable", "prepared", "canary", "switched"}
    assert 200 < refused < 1800


def random_move(chance: random.Random, r: Rollout) -> Rollout:
    image = chance.choice(["demo:1", "demo:2", "sha256:" + "9c" * 32, "no tag"])
    colour = chance.choice([None, *COLOURS])
    hashes: rollout.Hashes = {c: f"{chance.getrandbits(32):08x}" for c in COLOURS if chance.random() < 0.8}
    busy = [c for c in COLOURS if chance.random() < 0.3]
    containers = {f"{c}-{digest8}": chance.choice(["demo:1", "demo:2"]) for c, digest8 in hashes.items()}
    weights = chance.choice([None, {}, {release: chance.randrange(1, 100) for release in list(containers)[:1]}])
    pointer = chance.random() < 0.2
    moves: list[Callable[[], Rollout]] = [
        lambda: rollout.prepare(r, image, hashes=hashes, colour=colour, busy=busy),
        lambda: rollout.canary(r, chance.randrange(-1, 101)),
        lambda: rollout.switch(r, hashes=hashes),
        lambda: rollout.deploy(r, image, hashes=hashes, colour=colour, finalize=chance.random() < 0.3, busy=busy),
        lambda: rollout.finalize(r, hashes=hashes, busy=busy),
        lambda: rollout.rollback(r, hashes=hashes, busy=busy),
        lambda: rollout.rollback_now(r, hashes=hashes),
        lambda: rollout.cancel(r, hashes=hashes, busy=busy),
        lambda: rollout.adopt(r, Served(chance.choice([None, *containers, "odd"]), containers, pointer, weights)),
        lambda: rollout.drained(r, [entry.release for entry in r.draining if chance.random() < 0.5]),
        lambda: rollout.freeze(r, hashes, hashes),
    ]
    return chance.choice(moves)()


def test_moves_keep_what_is_still_draining() -> None:
    drained = Drained(colour="blue", image="demo:0", frozen="00000000")
    r = Rollout(draining=(drained,))
    moves: tuple[Callable[[Rollout], Rollout], ...] = (
        lambda v: rollout.deploy(v, "demo:1", hashes={}),
        lambda v: rollout.prepare(v, "demo:2", hashes={}),
        rollout.cancel,
    )
    for move in moves:
        r = move(r)

        assert r.draining == (drained,)


def test_a_value_that_contradicts_itself_cannot_be_made() -> None:
    with pytest.raises(ValidationError, match="green: is required, as green is live"):
        Rollout(live="green", blue=Slot(image="demo:1"))


def test_there_are_two_colours() -> None:
    assert [other(colour) for colour in COLOURS] == ["green", "blue"]
