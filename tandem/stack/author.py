"""Who asks for a change, from which commit, in which run: what the host writes beside the receipt of every move.

Nothing here is an input of a resource: it travels as the text of the stack's lock, which the switch reads.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 1.0
"""Seconds that git may take, all questions together; in a checkout where it takes longer, the commit is not known."""
WHOLE_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
DIRTY = "-dirty"
"""What follows a commit from which the files differ, but for the rollouts, which the command itself writes."""

_ROLLOUTS = re.compile(r"""^([ ]*)["']?tandem:rollouts["']?:.*\n(?:\1[ ]+.*\n|[ ]*\n)*""", re.MULTILINE)


@dataclass(frozen=True)
class Author:
    """Empty is what is not known. `by`: a person or a CI actor; `run`: the address of the CI run."""

    by: str = ""
    commit: str = ""
    run: str = ""


def author(file: Path, environment: Mapping[str, str] = os.environ) -> Author:
    """Who works on the stack of this file now: by the words of the environment (CI), else by git."""
    said = _git(
        file.parent,
        ["status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", ":(top)", f":(exclude){file.name}"],
        ["show", f"HEAD:./{file.name}"],
        ["config", "--get", "user.name"],
        ["config", "--get", "user.email"],
    )
    status, committed, name, email = said
    commit = commit_of(status, changed=committed is None or differs(committed, _text(file)))
    return Author(
        by=line(environment.get("TANDEM_BY") or _actor(environment) or _person(name, email), 100),
        commit=line(environment.get("TANDEM_COMMIT") or commit or environment.get("GITHUB_SHA"), 80),
        run=line(environment.get("TANDEM_RUN") or _run(environment), 300),
    )


def commit_of(status: str | None, *, changed: bool) -> str:
    """The commit that `git status --porcelain=v2 --branch` names, marked where something differs from it."""
    rows = (status or "").splitlines()
    head = next((row.removeprefix("# branch.oid ") for row in rows if row.startswith("# branch.oid ")), "")
    if not WHOLE_COMMIT.fullmatch(head):
        return ""
    return head + (DIRTY if changed or any(not row.startswith("#") for row in rows) else "")


def differs(committed: str, now: str) -> bool:
    """Whether two texts of a stack file say something different, rollouts aside."""
    return without_rollouts(committed) != without_rollouts(now)


def without_rollouts(text: str) -> list[str]:
    """The lines of a stack file that the command never writes."""
    return [row for row in _ROLLOUTS.sub("", f"{text}\n").splitlines() if row.strip()]


def line(text: str | None, longest: int) -> str:
    """One line of printable text, cut where it is too long."""
    words = " ".join("".join(mark if mark.isprintable() else " " for mark in text or "").split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _actor(environment: Mapping[str, str]) -> str:
    return environment.get("GITHUB_ACTOR", "") if environment.get("GITHUB_ACTIONS") == "true" else ""


def _run(environment: Mapping[str, str]) -> str:
    parts = [environment.get(f"GITHUB_{part}", "") for part in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""


def _person(name: str | None, email: str | None) -> str:
    known = [(name or "").strip(), f"<{email.strip()}>" if email and email.strip() else ""]
    return " ".join(word for word in known if word)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _git(folder: Path, *questions: Sequence[str]) -> list[str | None]:
    """What git answers, all asked at once; None for a question that fails."""
    command = ["git", "--no-optional-locks", "-C", str(folder)]
    try:
        asked = [
            subprocess.Popen(
                [*command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            for words in questions
        ]
    except OSError:  # no git
        return [None] * len(questions)
    end = time.monotonic() + LIMIT
    return [_answer(one, max(end - time.monotonic(), 0.01)) for one in asked]


def _answer(asked: subprocess.Popen[bytes], limit: float) -> str | None:
    try:
        said, _ = asked.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        asked.kill()
        asked.communicate()
        return None
    return said.decode(errors="replace") if asked.returncode == 0 else None
