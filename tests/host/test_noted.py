"""Who asked for a move: the words of whoever holds the stack's lock, beside the receipt."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tandem.locks.holder import held, me
from tandem.looks import history
from tandem.stack.author import Author
from tests.host.stage import Stage

pytestmark = pytest.mark.host

GREEN, BLUE = "green-11111111", "blue-22222222"
ANN = Author('Ann "Ö" O\'Hara \\ <ann@acme.com>', "1a2b3c4d" * 5 + "-dirty", "https://ci.example/7?a=%41&b=$x")


@contextmanager
def at_work(stage: Stage, what: str = "deploy web") -> Iterator[dict[str, Any]]:
    """A command that holds the stack, and what it says of itself."""
    with held(stage.host / "lock", me(what, ANN)):
        said: dict[str, Any] = json.loads((stage.host / "lock").read_text())
        yield said


def test_a_receipt_says_who_asked_word_for_word(pair: Stage) -> None:
    with at_work(pair) as said:
        receipt = pair.switch(BLUE, GREEN, back=GREEN).receipt

    assert receipt["noted"] == said == pair.receipts()[-1]["noted"]
    assert (said["by"], said["commit"], said["run"]) == (ANN.by, ANN.commit, ANN.run)
    (entry,) = history.joined(pair.call("history", "web").stdout.splitlines())[:1]
    assert (entry["by"], entry["command"], entry["commit"]) == (ANN.by, "deploy web", ANN.commit)


def test_a_plain_update_is_told_as_one_and_so_is_one_after_a_killed_command(pair: Stage) -> None:
    (pair.host / "lock").write_text(json.dumps({"what": "deploy web", "by": "whoever was killed"}) + "\n")
    receipt = pair.switch(BLUE, GREEN, back=GREEN).receipt

    assert receipt["noted"] is None
    (entry,) = history.joined(pair.call("history", "web").stdout.splitlines())[:1]
    assert (entry["by"], history.who(entry)) == (None, "pulumi up")


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"by": "x"',
        '{"by": "x", }',
        '{"by": "a"b"}',
        '{"by": {"x": 1}}',
        '{"by": "\\x"}',
        '{"by": "' + "x" * 5000 + '"}',
        '{"by": "x"}, "ok": false, {"y": 1}',
        "\n",
    ],
)
def test_what_is_no_note_does_no_harm(serving: Stage, text: str) -> None:
    lock = serving.host / "lock"
    lock.write_text(text)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        receipt = serving.switch(GREEN).receipt

    assert receipt["noted"] is None
    assert serving.receipts()[-1]["noted"] is None


def test_so_do_the_receipts_of_a_way_back_and_a_pardon(pair: Stage) -> None:
    pair.switch(BLUE, GREEN, back=GREEN)
    with at_work(pair, "rollback --now web") as said:
        assert pair.back().code == 0
        assert pair.pardon("22222222").code == 0

    *_, back, pardon = pair.receipts()
    assert back["noted"] == pardon["noted"] == said


def test_a_spec_of_an_app_without_a_port_leaves_its_author_too(stage: Stage) -> None:
    stage.release(GREEN)
    with at_work(stage) as said:
        spec = stage.spec(GREEN, gateway=None, health=[("health", "log"), ("pattern", "")])
        stage.script("switch", "web", spec.replace("pattern \n", ""))

    assert stage.receipts()[-1]["noted"] == said
