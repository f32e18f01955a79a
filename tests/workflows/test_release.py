"""The next version: from conventional commits, never guessed, never made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.names import ROOT
from tests.workflows.repository import clone, git
from tests.workflows.rest import TOKEN, GitHub
from workflows import release
from workflows.github import Repository


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone of an origin whose last release is v1.2.3."""
    first = tmp_path / "first"
    first.mkdir()
    git(first, "init", "--quiet", "--initial-branch", "main")
    (first / "cliff.toml").write_text((ROOT / "cliff.toml").read_text())
    git(first, "add", "--all")
    git(first, "commit", "--quiet", "--message", "feat: all there was")
    git(first, "tag", "v1.2.3")
    git(first, "tag", "nightly")
    git(first, "clone", "--quiet", "--bare", str(first), str(tmp_path / "origin.git"))
    return clone(tmp_path / "origin.git", tmp_path / "here")


def commit(folder: Path, *messages: str) -> None:
    for message in messages:
        git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def version(folder: Path, there: GitHub) -> str:
    return release.version(Repository(there.url, "acme/shop", TOKEN), folder)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["fix: a"], "1.2.4"),
        (["perf: a"], "1.2.4"),
        (["fix: a", "feat(cart): b"], "1.3.0"),
        (["feat!: a"], "2.0.0"),
        (["fix: a\n\nBREAKING CHANGE: the cart is gone"], "2.0.0"),
        (["chore: a", "deploy(prod): deploy web", "no type"], ""),
        ([], "1.2.3"),
    ],
)
def test_what_was_committed_says_the_next_version(
    folder: Path, there: GitHub, tmp_path: Path, messages: list[str], expected: str
) -> None:
    commit(folder, *messages)
    assert version(folder, there) == expected
    tags = [tag for tag in git(tmp_path / "origin.git", "tag", "--list", "v*").splitlines() if tag != "v1.2.3"]
    assert tags == ([f"v{expected}"] if expected not in ("", "1.2.3") else [])


def test_the_notes_tell_what_breaks_first_and_leave_deploys_out(folder: Path, there: GitHub) -> None:
    commit(folder, "fix: the price", "feat(cart): many at once", "deploy(prod): deploy web", "fix!: no old links")
    assert version(folder, there) == "2.0.0"
    notes = there.releases["v2.0.0"]["body"]
    headings = [line for line in notes.splitlines() if line.startswith("#")]
    assert headings == ["### Breaking", "### New", "### Fixed"]
    assert "- **cart:** many at once (" in notes
    assert "deploy" not in notes


def test_a_run_that_failed_half_way_goes_on_with_the_tag_that_is_there(folder: Path, there: GitHub) -> None:
    commit(folder, "fix: a")
    assert version(folder, there) == "1.2.4"
    there.releases.clear()
    assert version(folder, there) == "1.2.4"
    assert [*there.releases] == ["v1.2.4"]
    assert "- a (" in there.releases["v1.2.4"]["body"]


def test_an_older_commit_than_the_newest_release_is_none_of_its_own(folder: Path, there: GitHub) -> None:
    commit(folder, "fix: a", "fix: b")
    assert version(folder, there) == "1.2.4"
    git(folder, "checkout", "--quiet", "HEAD~1")
    assert version(folder, there) == ""


def test_no_tag_at_all_is_an_error_that_says_how_to_begin(folder: Path, there: GitHub) -> None:
    git(folder, "tag", "--delete", "v1.2.3")
    commit(folder, "fix: a")
    with pytest.raises(release.ReleaseError, match=r"there is no tag such as v1\.4\.0.*git tag -a v0\.1\.0"):
        version(folder, there)
    assert there.asked == []


def test_half_a_clone_is_an_error(folder: Path, there: GitHub, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{tmp_path / 'origin.git'}", str(tmp_path / "half"))
    with pytest.raises(release.ReleaseError, match="fetch-depth: 0"):
        version(tmp_path / "half", there)
