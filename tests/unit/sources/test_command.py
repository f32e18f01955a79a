"""Tokens that a command prints: what it may print, and what is said of one that gives none."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sources import command
from sources.found import SourceError

TOKEN = "ecr-canary-5c1d"


def prints(folder: Path, body: str) -> tuple[str, ...]:
    """A command of its own, so that no other test has asked it already."""
    script = folder / "make-a-token"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return (str(script), "--region", "eu-central-1")


def test_a_token_is_what_the_command_prints_without_the_end_of_the_line(tmp_path: Path) -> None:
    assert command.token(prints(tmp_path, f"echo '  {TOKEN}'; echo; echo 'a warning' >&2")) == TOKEN


def test_a_command_runs_once_per_run(tmp_path: Path) -> None:
    words = prints(tmp_path, f"echo . >> {tmp_path}/asked; echo {TOKEN}")

    assert {command.token(words), command.token(words)} == {TOKEN}
    assert (tmp_path / "asked").read_text() == ".\n"


def test_arguments_reach_the_command_as_they_are() -> None:
    words = (sys.executable, "-c", "import sys; print(len(sys.argv[1]))", "$HOME; x")
    assert command.token(words) == "8"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo 'no credentials' >&2; exit 254", r"--region eu-central-1` ends with 254: no credentials$"),
        (f"echo {TOKEN}; echo 'bad {TOKEN}' >&2; exit 1", r"ends with 1: bad \[secret\]$"),
        ("true", r"prints nothing$"),
        ("echo; echo 'log in first' >&2", r"prints nothing: log in first$"),
        (f"echo {TOKEN} {TOKEN}", r"prints 2 words, expected a token alone; next: run it and look$"),
        (f"printf '{TOKEN}\\033[0m'", r"prints 1 words, expected a token alone"),
    ],
)
def test_a_command_without_a_token_is_told_by_name(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=said) as refusal:
        command.token(prints(tmp_path, body))

    assert TOKEN not in str(refusal.value)


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"`no-such-aws ecr` cannot be run: no `no-such-aws` on PATH; next: install"):
        command.token(("no-such-aws", "ecr"))
    with pytest.raises(SourceError, match=r"cannot be run: Permission denied"):
        command.token((str(tmp_path), "ecr"))


def test_a_command_that_hangs_ends_with_all_that_it_started(tmp_path: Path) -> None:
    words = prints(tmp_path, f"sleep 600 & echo $! > {tmp_path}/started; wait")

    with pytest.raises(SourceError, match=r"gives no token within 0\.1 s; next: run it"):
        command.token(words, limit=0.1)
    while runs((tmp_path / "started").read_text().strip()):
        time.sleep(0.01)


def runs(process: str) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
