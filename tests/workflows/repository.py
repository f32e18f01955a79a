"""This repository as GitHub would have it: a bare origin with a copy of the checkout in one commit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from config.names import ROOT

PERSON = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.com")


def git(folder: Path, *words: str) -> str:
    """What git says in a folder; raises where it fails."""
    done = subprocess.run(["git", *PERSON, "-C", str(folder), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def origin(folder: Path, files: Mapping[str, str]) -> Path:
    """A bare repository whose branch `main` is this checkout as it is now, with `files` written over it."""
    first = folder / "first"
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (first / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, first / name)
    for name, text in files.items():
        (first / name).parent.mkdir(parents=True, exist_ok=True)
        (first / name).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch", "main", str(first))
    git(first, "add", "--all")
    git(first, "commit", "--quiet", "--message", "feat: the shop as it is")
    bare = folder / "origin.git"
    git(folder, "clone", "--quiet", "--bare", str(first), str(bare))
    return bare


def clone(bare: Path, folder: Path) -> Path:
    """A checkout of `main` with a name for its commits."""
    git(bare, "clone", "--quiet", "--branch", "main", str(bare), str(folder))
    git(folder, "config", "user.name", "Ann")
    git(folder, "config", "user.email", "ann@acme.com")
    return folder


def pushed(bare: Path, folder: Path, files: Mapping[str, str], message: str) -> str:
    """One more commit on `main`, as a merged pull request leaves it; its hash."""
    there = clone(bare, folder)
    for name, text in files.items():
        (there / name).write_text(text)
    git(there, "add", "--all")
    git(there, "commit", "--quiet", "--allow-empty", "--message", message)
    git(there, "push", "--quiet", "origin", "main")
    head = git(there, "rev-parse", "HEAD")
    shutil.rmtree(there)
    return head
