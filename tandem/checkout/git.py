"""One checkout as git sees it. Thin: words for git in, what it said out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIMIT = 120.0
"""Seconds for one call; a fetch or a push over a slow line is the longest."""

_OVERTAKEN = re.compile(r"\[rejected\]|cannot lock ref|incorrect old value|failed to update ref")
"""How a server says that the branch has moved on, also where it moved in that very moment."""


class GitError(Exception):
    """Git failed; `str` is what it said."""


class OvertakenError(GitError):
    """A push was refused because the branch has commits that are not here."""


def asked(
    folder: Path, *words: str, limit: float, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """How git ended, told about a folder. `more`: variables beside those that are there.

    Raises FileNotFoundError where there is no git, subprocess.TimeoutExpired after `limit` seconds.
    """
    # Nobody is there to be asked for a password, and what git says is read, so it says it in English. Bytes and not
    # characters, too: to search those of a locale takes several times as long.
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(more or {})}
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=env, timeout=limit, check=False)


@dataclass(frozen=True)
class Checkout:
    """The checkout that a folder is in."""

    folder: Path

    def ask(self, *words: str) -> str | None:
        """What git answers; None where it fails, for questions whose failure is an answer."""
        try:
            return self.do(*words)
        except GitError:
            return None

    def do(self, *words: str) -> str:
        """What git says on stdout, without the last line's end. Raises GitError."""
        try:
            done = asked(self.folder, *words, limit=LIMIT)
        except FileNotFoundError:
            raise GitError("there is no git on PATH") from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git {words[0]}: no answer within {LIMIT:.0f} s") from None
        out, errors = (text.decode(errors="replace").strip() for text in (done.stdout, done.stderr))
        if done.returncode != 0:
            raise GitError("\n".join(text for text in (errors, out) if text) or f"git {words[0]} failed")
        return out

    def push(self, remote: str, ref: str) -> None:
        """HEAD to a branch. Raises OvertakenError where the branch has moved on, else GitError."""
        try:
            self.do("push", "--quiet", "--no-verify", "--porcelain", remote, f"HEAD:{ref}")
        except GitError as error:
            if _OVERTAKEN.search(str(error)):
                raise OvertakenError(str(error)) from None
            raise
