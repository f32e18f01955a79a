"""What still has connections when it leaves its colour drains: beside the colours, under its own hash, for a while."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection

import pytest

from config import rollout
from config.rollout import COLOURS, MOST_DRAINING, Colour, Drained, MoveRefused, Rollout, Slot
from tests.unit.config.test_rollout_table import COLUMNS, HASHES, TABLE, X, outcome
from tests.unit.config.test_rollout_truth import random_move

Move = Callable[[Rollout, Collection[Colour]], Rollout]

GREEN, BLUE = "; draining green-99999999", "; draining blue-bbbbbbbb"
BUSY_MOVES: dict[str, tuple[Move, dict[str, str]]] = {
    "prepare X": (
        lambda r, busy: rollout.prepare(r, X.image, hashes=HASHES, busy=busy),
        {"prepared": BLUE, "switched": BLUE},
    ),
    "deploy X": (
        lambda r, busy: rollout.deploy(r, X.image, hashes=HASHES, busy=busy),
        {"prepared": BLUE, "switched": BLUE},
    ),
    "deploy X finalize": (
        lambda r, busy: rollout.deploy(r, X.image, hashes=HASHES, finalize=True, busy=busy),
        {"stable": GREEN, "prepared": BLUE + GREEN, "switched": BLUE + GREEN},
    ),
    "deploy X on green finalize": (
        lambda r, busy: rollout.deploy(r, X.image, hashes=HASHES, colour="green", finalize=True, busy=busy),
        {"stable": GREEN, "prepared": BLUE + GREEN, "switched": BLUE + GREEN},
    ),
    "finalize": (lambda r, busy: rollout.finalize(r, hashes=HASHES, busy=busy), {"switched": BLUE}),
    "rollback": (lambda r, busy: rollout.rollback(r, hashes=HASHES, busy=busy), {"prepared": BLUE}),
    "cancel": (lambda r, busy: rollout.cancel(r, hashes=HASHES, busy=busy), {"prepared": BLUE}),
}
"""Move → what drains after it, by phase, where both colours are busy; nothing where a phase is not named."""


@pytest.mark.parametrize("phase", COLUMNS)
@pytest.mark.parametrize("move", BUSY_MOVES)
def test_a_busy_colour_that_is_dropped_drains_and_all_else_is_as_the_table_says(
    move: str, phase: rollout.Phase
) -> None:
    make, drains = BUSY_MOVES[move]

    assert outcome(lambda r: make(r, COLOURS), COLUMNS[phase]) == TABLE[move][phase] + drains.get(phase, "")
    assert outcome(lambda r: make(r, ()), COLUMNS[phase]) == TABLE[move][phase]


def test_a_busy_colour_that_keeps_its_release_does_not_drain() -> None:
    switched = COLUMNS["switched"]

    assert rollout.rollback(switched, hashes=HASHES, busy=COLOURS).draining == ()
    assert rollout.switch(COLUMNS["canary"], hashes=HASHES).draining == ()


def test_what_drains_keeps_image_and_hash() -> None:
    after = rollout.finalize(COLUMNS["switched"], busy=["blue"])

    assert after.draining == (Drained(colour="blue", image="old:1", frozen="00000000"),)


def test_the_hosts_hash_counts_more_than_the_files() -> None:
    after = rollout.finalize(COLUMNS["switched"], hashes={"blue": "bbbbbbbb"}, busy=["blue"])

    assert [entry.release for entry in after.draining] == ["blue-bbbbbbbb"]


def test_a_release_that_nobody_can_name_is_only_dropped() -> None:
    assert rollout.cancel(COLUMNS["prepared"], busy=["blue"]).draining == ()


def full(*, last: str = "aaaaaaa3") -> tuple[Drained, ...]:
    return tuple(Drained(colour="blue", image="demo:0", frozen=frozen) for frozen in ("aaaaaaa1", "aaaaaaa2", last))


def test_a_fourth_generation_is_refused_by_name_and_says_what_comes_next() -> None:
    r = COLUMNS["switched"].model_copy(update={"draining": full()})

    with pytest.raises(MoveRefused) as refused:
        rollout.deploy(r, X.image, hashes=HASHES, busy=["blue"])
    assert str(refused.value) == (
        "cannot deploy: blue-aaaaaaa1, blue-aaaaaaa2, blue-aaaaaaa3, blue-bbbbbbbb would all drain, and 3 releases may "
        "at a time; next is deploy again once one of them is drained, which `tandem status` shows"
    )


def test_with_three_that_drain_a_move_that_adds_none_goes_on() -> None:
    r = COLUMNS["switched"].model_copy(update={"draining": full()})

    assert rollout.deploy(r, X.image, hashes=HASHES).draining == full()


def test_what_drains_already_is_not_counted_twice() -> None:
    r = COLUMNS["switched"].model_copy(update={"draining": full(last="bbbbbbbb")})

    assert len(rollout.finalize(r, hashes=HASHES, busy=["blue"]).draining) == MOST_DRAINING


def test_drained_takes_out_what_nobody_is_connected_to() -> None:
    r = Rollout(live="green", green=Slot(image="demo:1"), draining=full())

    assert rollout.drained(r, ["blue-aaaaaaa1", "blue-aaaaaaa3", "green-ffffffff"]).draining == full()[1:2]
    assert rollout.drained(r, []) == r


def test_a_release_that_came_back_to_its_colour_stops_draining_after_success() -> None:
    entry = Drained(colour="green", image="demo:1", frozen="11111111")
    r = Rollout(live="green", green=Slot(image="demo:1"), draining=(entry, *full()[:1]))

    assert rollout.freeze(r, {"green": "11111111"}, {"green": "11111111"}).draining == full()[:1]
    assert rollout.freeze(r, {"green": "22222222"}, {}).draining == r.draining


def test_five_thousand_random_moves_lose_nobody_who_is_connected() -> None:
    chance = random.Random(11)
    r, drained, refused = Rollout(), 0, 0
    for _ in range(5000):
        busy = frozenset(colour for colour in COLOURS if chance.random() < 0.5)
        hashes: rollout.Hashes = {c: f"{chance.getrandbits(32):08x}" for c in COLOURS}
        try:
            after = busy_move(chance, r, hashes, busy)
        except MoveRefused as refusal:
            if "would all drain" in str(refusal):
                refused += 1
                r = rollout.drained(r, [r.draining[0].release])
            continue
        assert Rollout.model_validate(after.model_dump()) == after
        assert set(r.draining) <= set(after.draining)
        for colour in busy:
            assert kept(r, after, colour, hashes[colour])
        drained += len(after.draining) - len(r.draining)
        r = after

    assert drained > 300
    assert refused > 50


def busy_move(chance: random.Random, r: Rollout, hashes: rollout.Hashes, busy: Collection[Colour]) -> Rollout:
    image = chance.choice(["demo:1", "demo:2", "demo:3"])
    moves: list[Callable[[], Rollout]] = [
        lambda: rollout.prepare(r, image, hashes=hashes, busy=busy),
        lambda: rollout.canary(r, chance.randrange(100)),
        lambda: rollout.switch(r, hashes=hashes),
        lambda: rollout.deploy(
            r, image, hashes=hashes, colour=chance.choice([None, *COLOURS]), finalize=chance.random() < 0.3, busy=busy
        ),
        lambda: rollout.finalize(r, hashes=hashes, busy=busy),
        lambda: rollout.rollback(r, hashes=hashes, busy=busy),
        lambda: rollout.rollback_now(r, hashes=hashes),
        lambda: rollout.cancel(r, hashes=hashes, busy=busy),
    ]
    return chance.choice(moves)()


def kept(before: Rollout, after: Rollout, colour: Colour, digest8: str) -> bool:
    """Whether what was on a busy colour is still there, or drains."""
    slot = before.slot(colour)
    if slot is None:
        return True
    still = after.slot(colour)
    stays = still is not None and still.image == slot.image and still.frozen in (slot.frozen, digest8)
    return stays or Drained(colour=colour, image=slot.image, frozen=digest8) in after.draining


def test_two_thousand_other_random_moves_never_hold_more_than_three_that_drain() -> None:
    chance = random.Random(7)
    r = Rollout()
    for _ in range(2000):
        try:
            r = random_move(chance, r)
        except MoveRefused:
            r = rollout.drained(r, [entry.release for entry in r.draining])
        assert len(r.draining) <= MOST_DRAINING
