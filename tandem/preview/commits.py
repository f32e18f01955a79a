"""Git, as far as a comparison of two commits needs it: names of commits, and their files in a folder."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tandem.checkout.git import asked
from tandem.exits import Stop, environment, usage

LIMIT = 60.0
"""Seconds for one question."""


@dataclass(frozen=True)
class Repository:
    """The repository that a project's folder is in; `folder`: of the project, from the top."""

    top: Path
    folder: Path

    @classmethod
    def around(cls, directory: Path) -> Repository:
        """Raises Stop (usage) where there is none."""
        try:
            top = Path(_git(directory, "rev-parse", "--show-toplevel")).resolve()
        except Refused as refused:
            raise usage(f"{directory}: --since compares commits; this is in no git repository: {refused}") from None
        return cls(top, directory.resolve().relative_to(top))

    def head(self) -> str:
        """The commit that is checked out. Raises Stop."""
        try:
            return _git(self.top, "rev-parse", "--verify", "HEAD^{commit}")
        except Refused as refused:
            raise usage(f"{self.top}: no commit yet: {refused}") from None

    def base(self, ref: str) -> str:
        """Where HEAD left the branch `ref`. Raises Stop where it is not known here, or has nothing in common."""
        try:
            commit = _git(self.top, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
        except Refused:
            raise usage(f"--since {ref}: no such commit here; next: `git fetch`, in CI `fetch-depth: 0`") from None
        try:
            return _git(self.top, "merge-base", commit, "HEAD")
        except Refused:
            raise usage(
                f"--since {ref}: HEAD has no commit in common with it, as far as this clone knows; "
                "next: `git fetch --unshallow`, in CI a checkout with `fetch-depth: 0`"
            ) from None

    def dirty(self) -> bool:
        """Whether there is something that no commit has."""
        return bool(_git(self.top, "status", "--porcelain", "--untracked-files=no"))

    def write(self, commit: str, to: Path) -> None:
        """The files of a commit into an empty folder; the repository's own index and work tree stay as they are."""
        index = {"GIT_INDEX_FILE": str(to.with_name(f"{to.name}.index"))}
        _git(self.top, "read-tree", commit, more=index)
        _git(self.top, "checkout-index", "--all", f"--prefix={to}/", more=index)


class Refused(Exception):  # noqa: N818  (git's answer, not ours)
    """What git said instead of an answer."""


def _git(folder: Path, *words: str, more: dict[str, str] | None = None) -> str:
    try:
        done = asked(folder, "--no-optional-locks", *words, limit=LIMIT, more=more)
    except FileNotFoundError:
        raise environment("--since needs `git` on PATH") from None
    except subprocess.TimeoutExpired:
        raise _slow(words) from None
    out, errors = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    if done.returncode:
        raise Refused(" ".join(errors.split()) or f"git {words[0]} ended with {done.returncode}")
    return out.strip()


def _slow(words: tuple[str, ...]) -> Stop:
    return environment(f"git {words[0]} did not answer within {LIMIT:g} s")
