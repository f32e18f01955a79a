"""Moves in words, from what the colours hold before and after."""

from __future__ import annotations

import pytest

from config.rollout import Rollout
from tandem.preview.traffic import Held, Stand, by_outputs, by_rollout, moves

BLUE, GREEN = Held("demo:1", "blue-11111111"), Held("demo:2", "green-22222222")
STABLE = Stand("blue", {"blue": BLUE}, 0)
PREPARED = Stand("blue", {"blue": BLUE, "green": GREEN}, 0)
CANARY = Stand("blue", {"blue": BLUE, "green": GREEN}, 10)
SWITCHED = Stand("green", {"blue": BLUE, "green": GREEN}, 0)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (STABLE, STABLE, []),
        (Stand(), STABLE, ["web: blue is its first release: demo:1"]),
        (STABLE, SWITCHED, ["web: green takes over from blue: demo:2; blue stays as the way back"]),
        (
            STABLE,
            Stand("green", {"green": GREEN}, 0),
            ["web: green takes over from blue: demo:2; blue goes once drained"],
        ),
        (SWITCHED, PREPARED, ["web: blue takes over from green: demo:1; green stays as the way back"]),
        (STABLE, PREPARED, ["web: green is prepared: demo:2; blue keeps the traffic"]),
        (PREPARED, CANARY, ["web: green gets 10 % of the traffic: demo:2; blue the rest"]),
        (STABLE, CANARY, ["web: green gets 10 % of the traffic: demo:2; blue the rest"]),
        (PREPARED, STABLE, ["web: green goes: demo:2; blue keeps the traffic"]),
        (
            STABLE,
            Stand("blue", {"blue": Held("demo:3", "blue-33333333")}, 0),
            ["web: a new release takes over on blue: demo:3; the former one goes once drained"],
        ),
        (
            STABLE,
            Stand("blue", {"blue": Held("demo:1", "blue-44444444")}, 0),
            [
                "web: a new release takes over on blue: demo:1, the image it has, with other settings; "
                "the former one goes once drained"
            ],
        ),
        (STABLE, Stand(), ["web: nothing serves it any more; blue goes: demo:1"]),
        (STABLE, None, ["web: leaves the stack; blue serves it no more: demo:1"]),
        (Stand(), None, ["web: leaves the stack; nothing served it"]),
    ],
)
def test_a_move_is_said_in_words(before: Stand, after: Stand | None, words: list[str]) -> None:
    found = moves({"web": before}, {"web": after} if after else {})

    assert [move.words() for move in found] == words


def test_where_the_weights_were_is_not_known_the_switch_tells() -> None:
    before = Stand("blue", {"blue": BLUE, "green": GREEN})

    assert moves({"web": before}, {"web": CANARY}) == []
    assert [move.kind for move in moves({"web": before}, {"web": CANARY}, ["web"])] == ["canary"]


def test_names_are_set_as_the_reader_wants_them() -> None:
    (move,) = moves({"web": STABLE}, {"web": SWITCHED})

    assert move.words(lambda name: f"<{name}>").startswith("<web>: green takes over from blue: <demo:2>")


def test_outputs_tell_how_apps_stand() -> None:
    outputs = {
        "live": {"web": "green-22222222", "admin": None},
        "releases": {
            "web": {"green": {"release": "green-22222222", "image": "demo:2", "container": "[unknown]"}},
            "admin": {},
        },
    }

    assert by_outputs(outputs) == {"web": Stand("green", {"green": GREEN}), "admin": Stand()}


def test_what_outputs_do_not_tell_the_stack_file_does() -> None:
    rollout = Rollout.model_validate({"live": "blue", "blue": {"image": "demo:1"}})

    assert by_outputs({}, {"web": rollout}) == {"web": by_rollout(rollout)}
    assert by_rollout(rollout) == Stand("blue", {"blue": Held("demo:1")}, 0)
    assert by_outputs({"live": "odd", "releases": ["odd"]}) == {}
