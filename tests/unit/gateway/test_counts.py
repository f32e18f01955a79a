"""What is counted from the request log: the old release's baseline, and the ledger."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rule import FLIPPED, awk, line

WIDEST = 600_000


def baseline(lines: list[str]) -> list[int]:
    """Requests, failed, p95 in ms, slow ones."""
    given = {"app": "web", "release": "old", "flipped": FLIPPED, "window": 15_000, "widest": WIDEST, "wanted": 30}
    (said,) = awk(("latency.awk", "baseline.awk"), given, lines)
    return [int(word) for word in said.split()]


def counted(lines: list[str], before: list[str] | None = None, *, until: int = 0, limit: int = 60_000) -> list[str]:
    """The state after these lines, `before` being the state so far."""
    given = {"app": "web", "release": "new", "from": "old", "flipped": FLIPPED, "window": 15_000}
    ends = {"until": FLIPPED + until if until else 0, "limit": limit}
    state = awk(("latency.awk", "ledger.awk"), given | ends, [*(f"{one}\n" for one in before or []), *lines])
    return sorted(state)


def ledger(lines: list[str], cut_by_guard: int = 0, *, until: int = 0, limit: int = 60_000) -> dict[str, Any]:
    """The middle of the ledger's line."""
    state = [f"{one}\n" for one in counted(lines, until=until, limit=limit)]
    (said,) = awk(("latency.awk", "ledger_json.awk"), {"cut_by_guard": cut_by_guard or ""}, state)
    parsed: dict[str, Any] = json.loads("{" + said.rstrip(",") + "}")
    return parsed


def test_the_baseline_is_the_old_release_in_the_window_before_the_flip() -> None:
    lines = [
        *(line(-15_001 - n, release="old", status=500) for n in range(40)),
        *(line(-n * 100, release="old", header=n) for n in range(1, 101)),
        *(line(-n, release="new", status=500) for n in range(40)),
    ]

    assert baseline(lines) == [100, 0, 95, 0]


def test_a_baseline_with_too_little_traffic_reaches_back_to_as_many_as_are_wanted_or_ten_minutes() -> None:
    sparse = [line(-n * 10_000, release="old", status=500 if n % 2 else 200) for n in range(100, 0, -1)]

    assert baseline(sparse)[:2] == [30, 15]
    assert baseline(sparse[:60])[:2] == [19, 10], "from 410 to 590 s before the flip"
    assert baseline([]) == [0, 0, 0, 0]


def test_the_baseline_counts_what_was_slow_even_then() -> None:
    lines = [line(-n * 100, release="old", header=10 if n > 3 else 400) for n in range(1, 101)]

    assert baseline(lines) == [100, 0, 10, 3]


def test_the_last_of_several_tries_is_the_answers_time() -> None:
    tried = line(-5, release="old").replace("\t0.005\tOK", "\t1.000, 0.020\tOK")

    assert baseline([tried]) == [1, 0, 20, 0]


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_the_ledger_is_the_same_however_often_it_is_counted(pieces: int) -> None:
    lines = [line(n * 10, release="new" if n % 3 else "old", status=500 if n % 7 == 0 else 200) for n in range(-50, 90)]
    state: list[str] = []
    for piece in range(pieces):
        state = counted(lines[piece::pieces], state)

    assert state == counted(lines)


def test_before_is_the_old_release_after_is_the_new_one_and_during_is_both() -> None:
    lines = [
        *(line(-n * 100, release="old") for n in range(1, 200)),
        *(line(n * 100, release="old", header=50) for n in range(1, 11)),
        *(line(n * 100, release="new", header=9) for n in range(1, 200)),
    ]
    said = ledger(lines, until=2000)

    assert said["before"] == {"requests": 149, "failed": 0, "p95_ms": 5}
    assert said["during"] == {"requests": 30, "failed": 0, "p95_ms": 50}
    assert said["after"] == {"requests": 150, "failed": 0, "p95_ms": 9}


def test_what_the_gateway_answered_itself_is_kept_apart_from_the_apps_own_errors() -> None:
    said = ledger(
        [
            line(5, status=503),
            line(6, status=502, by="gateway", header=None),
            line(7, status=503, by="gateway"),
            line(8),
        ]
    )

    assert (said["during"]["failed"], said["failed_at_gateway"]) == (3, 2)


def test_clients_that_left_and_answers_that_broke_off() -> None:
    said = ledger(
        [
            line(5, status=499, complete=False, sent=0),
            line(6, complete=False, sent=40, length=None),
            line(7, sent=1, length=2),
            line(8, sent=0, length=2, method="HEAD"),
            line(9, sent=9, length=None),
        ]
    )

    assert (said["client_gone"], said["cut_short"]) == (2, 1)


def test_streams_are_those_of_the_old_release_that_were_open_at_the_flip() -> None:
    said = ledger(
        [
            line(20_000, release="old", status=101, took=30_000),
            line(30_000, release="old", took=31_000, length=None),
            line(40_000, release="old", took=90_000, length=None, complete=False),
            line(1000, release="old", took=1500),
            line(9000, release="old", status=101, took=8000),
            line(20_000, release="new", status=101, took=15_000),
        ],
        limit=60_000,
    )

    assert said["streams"] == {"kept": 3, "cut": 0}
    assert said["client_gone"] == 1, "the third left by itself, before the gateway's limit"


def test_what_the_gateways_limit_ends_is_cut() -> None:
    said = ledger(
        [
            line(60_100, release="old", status=101, took=90_000, complete=False),
            line(60_100, release="old", took=90_000, length=None, complete=False),
            line(60_100, release="old", status="000", took=59_000, header=None, complete=False, sent=0),
        ],
        limit=60_000,
    )

    assert said["streams"] == {"kept": 0, "cut": 3}
    assert (said["client_gone"], said["during"]["failed"]) == (0, 1)


def test_what_the_guard_cut_ends_as_if_by_itself_and_is_taken_from_the_kept_ones() -> None:
    lines = [line(20_000, release="old", status=101, took=30_000) for _ in range(5)]

    assert ledger(lines, cut_by_guard=2)["streams"] == {"kept": 3, "cut": 2}
