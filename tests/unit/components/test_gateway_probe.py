"""Whether a candidate is still there, by what curl says of it: the script as it is, with a curl that is told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from components.gateway import render

LIB = render.FILES / "lib"
UNKNOWN, SILENT, REFUSED = "6:0.000000", "28:0.000000", "7:0.000000"
STAYS, LEFT = 0, 71
WATCH = """
. "$1/say.sh"
. "$1/probe.sh"
. "$1/wayback.sh"
app=web path=/ since=$(ms) gone=0 unknown=0 seen=1
put_back() { :; }
"""

Told = Callable[..., int]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Runs `script` with these answers of curl, one a call; its exit code. It must use them up."""
    answers = tmp_path / "answers"
    curl = tmp_path / "curl"
    curl.write_text(f"#!/bin/sh\nhead -n 1 {answers}\nsed -i 1d {answers}\n")
    curl.chmod(0o755)

    def run(script: str, *said: str) -> int:
        answers.write_text("".join(f"{line}\n" for line in said))
        command = ["sh", "-c", WATCH + script, "sh", str(LIB)]
        path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(command, env=path, capture_output=True, text=True, check=False)
        assert answers.read_text() == "", done.stderr
        return done.returncode

    return run


def watched(told: Told, *said: str) -> int:
    """Looks once for each answer."""
    return told("for _ in " + " ".join("x" * len(said)) + "; do look web-1 80; still_there web web-1; done", *said)


@pytest.mark.parametrize(
    "said",
    [
        [UNKNOWN],
        [REFUSED, REFUSED, REFUSED],
        [SILENT] * 5,
        [SILENT] * 5 + [REFUSED] + [SILENT] * 5,
        [UNKNOWN, REFUSED, UNKNOWN],
    ],
    ids=["moved just now", "does not listen yet", "busy machine", "busy again and again", "moved twice"],
)
def test_a_candidate_that_may_be_there_is_asked_again(told: Told, said: list[str]) -> None:
    assert watched(told, *said) == STAYS


@pytest.mark.parametrize(
    "said",
    [[UNKNOWN, UNKNOWN], [SILENT, UNKNOWN, UNKNOWN], [SILENT] * 6],
    ids=["exited", "slow first", "silent for long"],
)
def test_one_that_is_gone_has_left(told: Told, said: list[str]) -> None:
    assert watched(told, *said) == LEFT


@pytest.mark.parametrize(
    ("said", "there"),
    [([REFUSED], True), ([SILENT, SILENT, REFUSED], True), ([UNKNOWN], False), ([SILENT] * 3, False)],
)
def test_a_way_back_is_looked_for_more_than_once_on_a_busy_machine(told: Told, said: list[str], there: bool) -> None:
    assert (told('is_there "web-1 80"', *said) == 0) == there
