"""The table of moves, cell by cell: rows are moves, columns are phases.

L lives, N is next, O was live before, X is new.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config import rollout
from config.rollout import MoveRefused, Phase, Rollout, Slot

L, N, O, X = (Slot(image=f"{name}:1") for name in ("live", "next", "old", "new"))  # noqa: E741  (the table's letters)
OLD = Slot(image=O.image, frozen="00000000")
HASHES: rollout.Hashes = {"green": "99999999", "blue": "bbbbbbbb"}

COLUMNS: dict[Phase, Rollout] = {
    "empty": Rollout(),
    "stable": Rollout(live="green", green=L),
    "prepared": Rollout(live="green", green=L, blue=N, standby="next"),
    "canary": Rollout(live="green", green=L, blue=N, standby="next", canary=10),
    "switched": Rollout(live="green", green=L, blue=OLD, standby="previous"),
}
MOVES: dict[str, Callable[[Rollout], Rollout]] = {
    "prepare X": lambda r: rollout.prepare(r, X.image, hashes=HASHES),
    "prepare X on blue": lambda r: rollout.prepare(r, X.image, hashes=HASHES, colour="blue"),
    "prepare X on green": lambda r: rollout.prepare(r, X.image, hashes=HASHES, colour="green"),
    "canary 0": lambda r: rollout.canary(r, 0),
    "canary 25": lambda r: rollout.canary(r, 25),
    "switch": lambda r: rollout.switch(r, hashes=HASHES),
    "deploy X": lambda r: rollout.deploy(r, X.image, hashes=HASHES),
    "deploy X on blue": lambda r: rollout.deploy(r, X.image, hashes=HASHES, colour="blue"),
    "deploy X on green": lambda r: rollout.deploy(r, X.image, hashes=HASHES, colour="green"),
    "deploy X finalize": lambda r: rollout.deploy(r, X.image, hashes=HASHES, finalize=True),
    "deploy X on green finalize": lambda r: rollout.deploy(r, X.image, hashes=HASHES, colour="green", finalize=True),
    "finalize": rollout.finalize,
    "rollback": lambda r: rollout.rollback(r, hashes=HASHES),
    "rollback --now": lambda r: rollout.rollback_now(r, hashes=HASHES),
    "cancel": rollout.cancel,
}

# What comes of it: phase, the live colour and its image, the standby's, what drains. `!hash` = frozen under that hash.
CANARY_RUNS = "while a canary runs"
TABLE: dict[str, dict[Phase, str]] = {
    "prepare X": {
        "empty": "cannot prepare while nothing is released: next is deploy",
        "stable": "prepared green live:1, new:1",
        "prepared": "prepared green live:1, new:1",
        "canary": f"cannot prepare {CANARY_RUNS}: next is switch or rollback",
        "switched": "prepared green live:1, new:1",
    },
    "prepare X on blue": {
        "empty": "cannot prepare while nothing is released: next is deploy",
        "stable": "prepared green live:1, new:1",
        "prepared": "prepared green live:1, new:1",
        "canary": f"cannot prepare {CANARY_RUNS}: next is switch or rollback",
        "switched": "prepared green live:1, new:1",
    },
    "prepare X on green": {
        "empty": "cannot prepare while nothing is released: next is deploy",
        "stable": "cannot prepare on green: it is live; next is prepare on blue, or deploy",
        "prepared": "cannot prepare on green: it is live; next is prepare on blue, or deploy",
        "canary": f"cannot prepare {CANARY_RUNS}: next is switch or rollback",
        "switched": "cannot prepare on green: it is live; next is prepare on blue, or deploy",
    },
    "canary 0": {
        "empty": "cannot run a canary while nothing is released: next is deploy",
        "stable": "cannot run a canary while only one release is there: next is prepare",
        "prepared": "prepared green live:1, next:1",
        "canary": "prepared green live:1, next:1",
        "switched": "cannot run a canary while the previous release stands by: next is prepare or rollback",
    },
    "canary 25": {
        "empty": "cannot run a canary while nothing is released: next is deploy",
        "stable": "cannot run a canary while only one release is there: next is prepare",
        "prepared": "canary 25 green live:1, next:1",
        "canary": "canary 25 green live:1, next:1",
        "switched": "cannot run a canary while the previous release stands by: next is prepare or rollback",
    },
    "switch": {
        "empty": "cannot switch while nothing is released: next is deploy",
        "stable": "cannot switch while only one release is there: next is prepare or deploy",
        "prepared": "switched blue next:1, live:1!99999999",
        "canary": "switched blue next:1, live:1!99999999",
        "switched": "switched green live:1, old:1!00000000",
    },
    "deploy X": {
        "empty": "stable blue new:1",
        "stable": "switched blue new:1, live:1!99999999",
        "prepared": "switched blue new:1, live:1!99999999",
        "canary": f"cannot deploy {CANARY_RUNS}: next is rollback",
        "switched": "switched blue new:1, live:1!99999999",
    },
    "deploy X on blue": {
        "empty": "stable blue new:1",
        "stable": "switched blue new:1, live:1!99999999",
        "prepared": "switched blue new:1, live:1!99999999",
        "canary": f"cannot deploy {CANARY_RUNS}: next is rollback",
        "switched": "switched blue new:1, live:1!99999999",
    },
    "deploy X on green": {
        "empty": "stable green new:1",
        "stable": "stable green new:1; draining green-99999999",
        "prepared": "prepared green new:1, next:1; draining green-99999999",
        "canary": f"cannot deploy {CANARY_RUNS}: next is rollback",
        "switched": "switched green new:1, old:1!00000000; draining green-99999999",
    },
    "deploy X finalize": {
        "empty": "stable blue new:1",
        "stable": "stable blue new:1",
        "prepared": "stable blue new:1",
        "canary": f"cannot deploy {CANARY_RUNS}: next is rollback",
        "switched": "stable blue new:1",
    },
    "deploy X on green finalize": {
        "empty": "stable green new:1",
        "stable": "stable green new:1",
        "prepared": "stable green new:1",
        "canary": f"cannot deploy {CANARY_RUNS}: next is rollback",
        "switched": "stable green new:1",
    },
    "finalize": {
        "empty": "cannot finalize while nothing is released: next is deploy",
        "stable": "stable green live:1",
        "prepared": "cannot finalize while a release is prepared: next is switch or cancel",
        "canary": f"cannot finalize {CANARY_RUNS}: next is switch or rollback",
        "switched": "stable green live:1",
    },
    "rollback": {
        "empty": "cannot roll back while nothing is released: next is deploy",
        "stable": "cannot roll back while only one release is there: next is deploy of an earlier image "
        "(`tandem rollback APP --to RELEASE`, `tandem history` names them)",
        "prepared": "stable green live:1",
        "canary": "prepared green live:1, next:1",
        "switched": "prepared blue old:1!00000000, live:1!99999999",
    },
    "rollback --now": {
        "empty": "cannot roll back at once while nothing is released: next is deploy",
        "stable": "cannot roll back at once while only one release is there: next is deploy of an earlier image "
        "(`tandem rollback APP --to RELEASE`, `tandem history` names them)",
        "prepared": "cannot roll back at once while a release is prepared: next is cancel, as the live release serves",
        "canary": "prepared green live:1, next:1",
        "switched": "prepared blue old:1!00000000, live:1!99999999",
    },
    "cancel": {
        "empty": "cannot cancel while nothing is released: next is deploy",
        "stable": "stable green live:1",
        "prepared": "stable green live:1",
        "canary": f"cannot cancel {CANARY_RUNS}: next is rollback",
        "switched": "cannot cancel while the previous release stands by: next is rollback",
    },
}


def shown(slot: Slot | None) -> str:
    return "" if slot is None else slot.image + (f"!{slot.frozen}" if slot.frozen else "")


def outcome(move: Callable[[Rollout], Rollout], before: Rollout) -> str:
    try:
        after = move(before)
    except MoveRefused as refusal:
        return str(refusal)
    phase = f"{after.phase} {after.canary}" if after.canary else after.phase
    slots = [after.slot(colour) for colour in (after.live, after.standby_colour) if colour]
    draining = "".join(f"; draining {entry.release}" for entry in after.draining)
    return f"{phase} {after.live} {', '.join(map(shown, slots))}{draining}"


@pytest.mark.parametrize(
    ("move", "phase", "expected"),
    [(move, phase, expected) for move, row in TABLE.items() for phase, expected in row.items()],
    ids=[f"{move} while {phase} gives {text}" for move, row in TABLE.items() for phase, text in row.items()],
)
def test_the_table(move: str, phase: Phase, expected: str) -> None:
    assert outcome(MOVES[move], COLUMNS[phase]) == expected


def test_the_table_has_every_cell() -> None:
    assert TABLE.keys() == MOVES.keys()
    assert all(row.keys() == COLUMNS.keys() for row in TABLE.values())


@pytest.mark.parametrize("phase", COLUMNS)
def test_every_column_is_in_its_phase(phase: Phase) -> None:
    assert COLUMNS[phase].phase == phase


@pytest.mark.parametrize("percent", [-1, 100, 1000])
def test_a_canary_of_more_than_99_percent_is_refused(percent: int) -> None:
    with pytest.raises(MoveRefused, match="next is 0 to 99, or switch for all of it"):
        rollout.canary(COLUMNS["prepared"], percent)


@pytest.mark.parametrize("image", ["demo", "Not An Image", ""])
def test_a_move_on_something_that_is_no_image_is_refused_with_an_example(image: str) -> None:
    for phase in ("empty", "stable"):
        with pytest.raises(MoveRefused, match=f"cannot use the image '{image}': it .*, for example 'ghcr"):
            rollout.deploy(COLUMNS[phase], image, hashes=HASHES)
