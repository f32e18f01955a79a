"""`python -m workflows.release`: tags what is worth a release and writes its notes; prints `version=1.4.0` or nothing.

The commits since the last tag say what comes next, by `git-cliff` and cliff.toml. Run again after a failure it goes on:
a tag that is there is not made twice. A repository without any tag is refused, and so is half a clone: the version
would be guessed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from workflows.github import GitHubError, Repository, here

TAG = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


class ReleaseError(Exception):
    """No version can be told; `str` says why and what to do."""


def version(repository: Repository, folder: Path) -> str:
    """The version of the commit that is checked out, its tag pushed and its notes on GitHub; empty where there is none.

    Raises ReleaseError and GitHubError.
    """
    _refuse_guesses(folder)
    tag = _tag_here(folder)
    if tag is None:
        if _tags(folder, "--contains", "HEAD"):
            return ""  # a newer commit was faster, and its release has this one in it
        tag = _cliff(folder, "--bumped-version")
        if tag in _tags(folder):
            return ""  # nothing since then that anybody would notice
        notes = _cliff(folder, "--unreleased", "--tag", tag, "--strip", "all")
        # In the tag itself, so that whoever goes on with it has them too; verbatim, as headings begin with a #.
        _git(folder, "tag", "--annotate", "--cleanup=verbatim", "--message", f"{tag}\n\n{notes}", tag)
        _git(folder, "push", "--quiet", "origin", f"refs/tags/{tag}")
    _publish(repository, tag, _git(folder, "tag", "--list", "--format=%(contents:body)", tag))
    return tag.removeprefix("v")


def _refuse_guesses(folder: Path) -> None:
    if _git(folder, "rev-parse", "--is-shallow-repository") == "true":
        raise ReleaseError("this is half a clone, so the last release may be missing: check out with fetch-depth: 0")
    if not _tags(folder):
        raise ReleaseError(
            "there is no tag such as v1.4.0, so the next version would be a guess. The first one is made by hand: "
            "git tag -a v0.1.0 -m v0.1.0 && git push origin v0.1.0"
        )


def _tags(folder: Path, *words: str) -> list[str]:
    return [tag for tag in _git(folder, "tag", "--list", *words).splitlines() if TAG.fullmatch(tag)]


def _tag_here(folder: Path) -> str | None:
    return max(_tags(folder, "--points-at", "HEAD"), key=_order, default=None)


def _order(tag: str) -> tuple[int, ...]:
    found = TAG.fullmatch(tag)
    return tuple(map(int, found.groups())) if found else ()


def _publish(repository: Repository, tag: str, notes: str) -> None:
    try:
        repository.ask("GET", f"/releases/tags/{tag}")
    except GitHubError as error:
        if error.status != 404:
            raise
        repository.ask("POST", "/releases", {"tag_name": tag, "name": tag, "body": notes})


def _cliff(folder: Path, *words: str) -> str:
    return _run([str(Path(sys.executable).parent / "git-cliff"), "--config", "cliff.toml", *words], folder)


def _git(folder: Path, *words: str) -> str:
    return _run(["git", *words], folder)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:3])}: {done.stderr.strip()}")
    return done.stdout.strip()


def main() -> None:
    """The command: 0, 2 where a version would be a guess or git refuses, 1 where GitHub does."""
    try:
        found = version(here(), Path.cwd())
    except ReleaseError as error:
        sys.stderr.write(f"release: {error}\n")
        sys.exit(2)
    except GitHubError as error:
        sys.stderr.write(f"release: {error}\n")
        sys.exit(1)
    sys.stdout.write(f"version={found}\n")


if __name__ == "__main__":
    main()
