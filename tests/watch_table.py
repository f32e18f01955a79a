"""The tables of docs/watch.md: `python -m tests.watch_table [WINDOWS]` prints them.

Every window is judged by the real awk. Traffic is a Poisson stream, failures are independent, answer times lognormal.
The old release is drawn from the same distributions as the new one (false switches), or never fails (detection). The
seed is fixed, so the tables come out the same again.
"""

from __future__ import annotations

import bisect
import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.rule import FLIPPED, Old, judge, tick

SEED = 4
WINDOW = 15_000
WANTED = 1000
"""Requests of the old release that the watch looks for, see lib/verdict.sh."""
WIDEST = 600
RATES = (2, 20, 100, 900)
ERRORS = (0.0, 0.005, 0.01, 0.05)

ENOUGH = 3000
SECONDS = [f"{ms / 1000:.3f}" for ms in range(10_000)]
REST = "\tOK\t7\t2\t2\tPOST\t-\n"
POOL = 50_000
_draw = random.Random(SEED)
EVEN = [20 * _draw.lognormvariate(0, 0.5) for _ in range(POOL)]
"""Milliseconds until the first byte: median 20, p95 45."""
WIDE = [20 * _draw.lognormvariate(0, 1.2) for _ in range(POOL)]
"""Median 20 ms, p95 140 ms, one in a hundred over 330 ms."""

Latency = Callable[[float, float], float]
"""Milliseconds until the first byte, from a number in 0..1, of a request so many ms after the flip."""


def even(share: float, after: float) -> float:
    """As quick as before the flip."""
    return EVEN[int(share * POOL)]


def wide(share: float, after: float) -> float:
    """As unevenly quick as before the flip."""
    return WIDE[int(share * POOL)]


def warming(share: float, after: float) -> float:
    """Thirty times as slow at first, as usual after a third of the window."""
    cold = max(0.0, 1 - after / (WINDOW / 3)) if after >= 0 else 0
    return EVEN[int(share * POOL)] * (1 + 29 * cold)


def two_and_a_half(share: float, after: float) -> float:
    """Two and a half times as slow as before the flip: worse, but not what the rule is there to stop."""
    return EVEN[int(share * POOL)] * (2.5 if after >= 0 else 1)


def half_a_second_more(share: float, after: float) -> float:
    """A tenth of the answers takes half a second more than before the flip."""
    return EVEN[int(share * POOL)] + (500 if after >= 0 and share * 100 % 1 < 0.1 else 0)


@dataclass(frozen=True)
class Ended:
    """How one window ended: the verdict, when (ms after the flip), and how many answers were bad until then."""

    verdict: str
    after: float
    bad: int


def old_release(dice: random.Random, rate: float, failing: float, latency: Latency) -> Old:
    """What the watch finds in the log: at least a window, and back to 1000 requests where ten minutes have so many."""
    count = max(_poisson(dice, rate * WINDOW / 1000), min(WANTED, _poisson(dice, rate * WIDEST)))
    drawn = min(count, 2000)
    times = sorted(round(latency(dice.random(), -1)) for _ in range(drawn))
    p95 = times[math.ceil(0.95 * drawn) - 1] if drawn else 0
    slow = drawn - bisect.bisect_right(times, max(3 * p95, p95 + 250))
    failed = sum(dice.random() < failing for _ in range(count)) if failing else 0
    return Old(count, failed, p95, slow * count // max(drawn, 1))


def traffic(dice: random.Random, rate: float, failing: float, latency: Latency) -> list[str]:
    """The new release's lines of one window; of one that fails in detection only so many as are needed to see it."""
    each, once = rate / 1000, dice.random
    lines: list[str] = []
    after = dice.expovariate(each)
    while after < WINDOW and (failing < 0.2 or len(lines) < ENOUGH):
        first = SECONDS[min(int(latency(once(), after)), 9999)]
        status = 500 if once() < failing else 200
        lines.append(f"{(FLIPPED + after) / 1000:.3f}\tweb\tnew\t{status}\tapp\t{first}\t{first}{REST}")
        after -= math.log(1 - once()) / each
    return lines


def window(dice: random.Random, rate: float, failing: float, latency: Latency, old: Old) -> Ended:
    """One window of a new release, judged."""
    events = judge([*traffic(dice, rate, failing, latency), tick(WINDOW + 1)], old, window=WINDOW)
    told = [event for event in events if event.word != "seen"][-1]
    _, failed, spent = [event for event in events if event.word == "seen"][-1].text.split()
    return Ended(told.word, float(spent), int(failed))


def false_switches(windows: int) -> Iterator[str]:
    """Rows: a release exactly as good as the old one, or slower within bounds; how often it is switched off."""
    yield (
        "| requests/s | "
        + " | ".join(f"{error:.1%} errors" for error in ERRORS)
        + " | slow warm-up | wide times | 2.5 times slower |"
    )
    yield "|---" * (len(ERRORS) + 4) + "|"
    cases = [*((error, even) for error in ERRORS), (0.0, warming), (0.0, wide), (0.0, two_and_a_half)]
    for rate in RATES:
        # The last two differ from the rest in the tail alone, and a window of 900 a second takes its time.
        cells = [_share(windows, rate, error, latency) for error, latency in cases[: 5 if rate > 500 else None]]
        yield f"| {rate} | " + " | ".join([*cells, *["-"] * (len(cases) - len(cells))]) + " |"


def detection(windows: int) -> Iterator[str]:
    """Rows: a bad release after a good one: how often, how soon, and after how many bad answers it is switched off."""
    bad: list[tuple[str, float, Latency]] = [
        *((f"{failing:.0%} fail", failing, even) for failing in (0.05, 0.2, 1.0)),
        ("a tenth 0.5 s slower", 0.0, half_a_second_more),
    ]
    yield "| requests/s | " + " | ".join(name for name, _, _ in bad) + " |"
    yield "|---" * (len(bad) + 1) + "|"
    for rate in RATES:
        cells = [_detected(windows, rate, failing, latency) for _, failing, latency in bad]
        yield f"| {rate} | " + " | ".join(cells) + " |"


def _ended(windows: int, rate: float, failing: float, latency: Latency, before: float) -> list[Ended]:
    dice = random.Random(f"{SEED} {rate} {failing} {latency.__name__}")
    return [window(dice, rate, failing, latency, old_release(dice, rate, before, latency)) for _ in range(windows)]


def _share(windows: int, rate: float, failing: float, latency: Latency) -> str:
    ended = _ended(windows, rate, failing, latency, failing)
    wrong = sum(one.verdict == "bad" for one in ended)
    unjudged = sum(one.verdict == "unjudged" for one in ended)
    return f"{wrong / windows:.2%}" + (f" ({unjudged / windows:.0%} unjudged)" if unjudged else "")


def _detected(windows: int, rate: float, failing: float, latency: Latency) -> str:
    ended = _ended(windows, rate, failing, latency, 0)
    caught = [one for one in ended if one.verdict == "bad"]
    if not caught:
        return "0 %"
    seconds = statistics.median(one.after for one in caught) / 1000
    answers = f", {statistics.median(one.bad for one in caught):.0f} bad" if failing else ""
    return f"{len(caught) / windows:.1%}, {seconds:.2f} s{answers}"


def _poisson(dice: random.Random, mean: float) -> int:
    """Near enough, and quick, for means of thirty and more."""
    return max(0, round(dice.gauss(mean, math.sqrt(mean))))


def main() -> None:
    """Print both tables."""
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for rows in (false_switches(windows), detection(windows)):
        for row in rows:
            print(row, flush=True)  # noqa: T201 — a program whose output is a table
        print(flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
