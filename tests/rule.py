"""The watch's rule, asked directly: the awk that judges, fed with made-up log lines.

What runs is `components/gateway/files/lib/judge.awk` itself, by mawk where there is one, as in the gateway.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from components.gateway.render import FILES

LIB = FILES / "lib"
AWK = shutil.which("mawk") or "awk"
FLIPPED = 1_700_000_000_000
"""When the traffic moved, in ms since 1970; lines count from here."""


@dataclass(frozen=True)
class Old:
    """The old release before the flip. `p95` in ms; `slow`: answers above the limit that follows from it."""

    requests: int = 1000
    failed: int = 0
    p95: int = 40
    slow: int = 0


@dataclass(frozen=True)
class Event:
    """What the rule said: seen, warn, unjudged, good, bad or over, and the rest of the line."""

    word: str
    text: str


def line(
    after: float,
    *,
    release: str = "new",
    status: int | str = 200,
    header: float | None = 5,
    by: str = "app",
    took: float | None = None,
    complete: bool = True,
    sent: int = 2,
    length: int | None = 2,
    method: str = "POST",
    app: str = "web",
) -> str:
    """One line of the request log, `after` ms after the flip. `header` and `took` in ms; `length` None = not said."""
    first = "-" if header is None else f"{header / 1000:.3f}"
    whole = (header or 0) if took is None else took
    fields = (
        *(f"{(FLIPPED + after) / 1000:.3f}", app, release, str(status), by, f"{whole / 1000:.3f}", first),
        *("OK" if complete else "", "7", str(sent), "-" if length is None else str(length), method),
        "upgrade" if status == 101 else "-",
    )
    return "\t".join(fields) + "\n"


def tick(after: float) -> str:
    """The clock, where there is no traffic to tell it."""
    return f"tick {FLIPPED + after:.0f}\n"


def steady(count: int, *, over: float, failed: int = 0, header: float = 5, release: str = "new") -> list[str]:
    """`count` requests spread evenly over `over` ms, the `failed` ones as evenly among them."""
    lines = []
    for n in range(count):
        fails = (n + 1) * failed // count > n * failed // count
        lines.append(line((n + 0.5) * over / count, release=release, status=500 if fails else 200, header=header))
    return lines


def judge(
    lines: Iterable[str],
    old: Old | None = None,
    *,
    window: int = 15_000,
    errors: str = "switch_back",
    slower: str = "switch_back",
    canary: bool = False,
    down: str = "",
    old_release: str = "old",
) -> list[Event]:
    """Every event that the rule prints for these lines, the last one being its decision, if it came to one."""
    old = old or Old()
    given = {
        "app": "web",
        "release": "new",
        "from": old_release,
        "flipped": FLIPPED,
        "window": window,
        "wait": 600_000,
        "errors": errors,
        "slower": slower,
        "canary": "1" if canary else "",
        "down": down,
        "requests": old.requests,
        "failed": old.failed,
        "p95": old.p95,
        "slow": old.slow,
    }
    said = awk(("latency.awk", "judge.awk"), given, lines)
    return [Event(word, text) for word, _, text in (one.partition(" ") for one in said)]


def awk(programs: Iterable[str], given: dict[str, object], lines: Iterable[str]) -> list[str]:
    """The output lines of these programs of the gateway, with these variables, on these input lines."""
    variables = [part for name, value in given.items() for part in ("-v", f"{name}={value}")]
    sources = [part for name in programs for part in ("-f", str(LIB / name))]
    done = subprocess.run([AWK, *variables, *sources], input="".join(lines), capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()
