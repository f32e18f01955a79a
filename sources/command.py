"""Tokens of short life, printed by a command such as `aws ecr get-login-password`; each command runs once per run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from functools import cache

from sources.found import SourceError

LIMIT = 30.0
"""Seconds a command may take: some ask a server, none may ask a person."""
_LONGEST = 300
"""Characters of what a command said that are passed on."""


@cache
def token(words: tuple[str, ...], limit: float = LIMIT) -> str:
    """What the command prints, without white space around it. Raises SourceError; the token is in no message."""
    said, complained, code = _run(words, limit)
    printed = said.strip()
    if code != 0:
        raise SourceError(f"{shown(words)} ends with {code}{_words(complained, printed)}")
    if not printed:
        raise SourceError(f"{shown(words)} prints nothing{_words(complained, printed)}")
    if any(mark.isspace() or not mark.isprintable() for mark in printed):
        raise SourceError(
            f"{shown(words)} prints {len(printed.split())} words, expected a token alone; next: run it and look"
        )
    return printed


def shown(words: Sequence[str]) -> str:
    """The command as a person would type it."""
    return f"`{shlex.join(words)}`"


def _run(words: tuple[str, ...], limit: float) -> tuple[str, str, int]:
    try:
        running = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # A group of its own: what it started ends with it.
            process_group=0,
        )
    except OSError as error:
        reason = f"no `{words[0]}` on PATH" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise SourceError(f"{shown(words)} cannot be run: {reason}; next: install it where tandem runs") from None
    try:
        said, complained = running.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise SourceError(
            f"{shown(words)} gives no token within {limit:g} s; next: run it, it may be asking something"
        ) from None
    finally:
        _end(running)
    return said, complained, running.returncode


def _end(running: subprocess.Popen[str]) -> None:
    """Nothing of the command stays, also where it hangs or this run is interrupted."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    for pipe in (running.stdout, running.stderr):
        if pipe:
            pipe.close()


def _words(complained: str, token: str) -> str:
    """The end of what it said on stderr, on one line."""
    line = " ".join(complained.split())
    line = line.replace(token, "[secret]") if token else line
    return f": {line[-_LONGEST:]}" if line else ""
