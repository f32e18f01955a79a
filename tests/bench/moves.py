"""The long run: moves of all kinds, over and over, under the heaviest load this machine gives, and what was lost."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

from tests.bench.story import Field, Say, field

KINDS: tuple[tuple[str, ...], ...] = (
    ("deploy", "web", "demo:2", "--no-wait"),
    ("rollback", "web"),
    ("switch", "web"),
    ("up",),
    ("rollback", "web", "--now"),
    ("up",),
    ("deploy", "web", "demo:3", "--no-wait"),
    ("deploy", "web", "demo:1"),
    ("finalize", "web"),
    ("prepare", "web", "demo:3"),
    ("canary", "web", "10"),
    ("canary", "web", "50"),
    ("rollback", "web"),
    ("cancel", "web"),
    ("prepare", "web", "demo:3"),
    ("canary", "web", "90"),
    ("switch", "web"),
    ("deploy", "web", "demo:2", "--finalize", "--no-wait"),
    ("edit",),
    ("deploy", "web", "demo:crash"),
    ("up",),
    ("deploy", "web", "demo:1", "--finalize", "--no-wait"),
)
"""One turn: ends as it began, with demo:1 live alone. `edit` raises the memory in the stack file, then `up`."""

REFUSED = {("deploy", "web", "demo:crash")}

THINK = 0.005
STATE = ("gateway", "state", "web.barred")


def run(engine: str, requests: int, moves: int, say: Say) -> dict[str, object]:
    """Moves until both figures are reached; what was sent, lost and moved."""
    with field(engine, think=THINK) as here:
        done: Counter[str] = Counter()
        for move in itertools.takewhile(lambda _: not enough(here, done, requests, moves), turns()):
            so_far = f"{done.total()} moves, {here.seen.requests} requests, {here.seen.lost} lost"
            say(f"{engine}: {so_far}; {' '.join(move)}")
            one(here, move)
            done[" ".join(part for part in move if not part.startswith("demo:"))] += 1
        seen = here.seen
    return {
        "engine": engine,
        "moves": done.total(),
        "kinds": dict(done),
        "requests": seen.requests,
        "lost": seen.lost,
        "why_lost": dict(seen.errors) | {str(status): n for status, n in seen.status.items() if status != 200},
        "releases": len(seen.release),
        "moments": seen.moments,
    }


def turns() -> Iterator[tuple[str, ...]]:
    """The kinds of moves for ever."""
    return itertools.chain.from_iterable(itertools.repeat(KINDS))


def enough(here: Field, done: Counter[str], requests: int, moves: int) -> bool:
    """Whether the run may end."""
    return here.seen.requests >= requests and done.total() >= moves


def one(here: Field, move: tuple[str, ...]) -> None:
    """One move, which must end as it should."""
    if move == ("edit",):
        _edit_memory(here)
    elif move in REFUSED:
        refused = here.stack.run(*move)
        assert refused.code != 0, refused.text
    else:
        here.stack.ok(*move)
    if "--now" in move:
        # What was left in a hurry is barred, and this run wants its image again.
        here.stack.host_directory.joinpath(*STATE).unlink(missing_ok=True)


def _edit_memory(here: Field) -> None:
    text = here.stack.file.read_text()
    now, then = ('"memory": 96', '"memory": 112') if '"memory": 96' in text else ('"memory": 112', '"memory": 96')
    here.stack.file.write_text(text.replace(now, then))
    here.stack.ok("up")
