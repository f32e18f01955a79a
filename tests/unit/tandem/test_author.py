from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tandem.stack.author import Author, author, commit_of, differs, line

STACK = "config:\n  tandem:profile: local\n  tandem:rollouts:\n    web:\n      live: blue\n"
CI = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "octocat",
    "GITHUB_SHA": "f" * 40,
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "17",
}


def git(folder: Path, *words: str) -> str:
    options = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *options, "-C", str(folder), *words], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of Ann's with a committed stack file, in a folder below its root."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "deploy"
    folder.mkdir()
    git(tmp_path, "init", "-q")
    (folder / "Pulumi.prod.yaml").write_text(STACK)
    (tmp_path / "code.py").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "config", "user.name", "Ann Ö")
    git(tmp_path, "config", "user.email", "ann@acme.com")
    return folder / "Pulumi.prod.yaml"


def test_on_a_laptop_git_says_who_works_on_which_commit(checkout: Path) -> None:
    head = git(checkout.parent, "rev-parse", "HEAD")

    assert author(checkout, {}) == Author("Ann Ö <ann@acme.com>", head, "")


def test_what_differs_from_the_commit_is_marked_but_for_the_rollouts_of_the_file(checkout: Path) -> None:
    head = git(checkout.parent, "rev-parse", "HEAD")
    checkout.write_text(STACK.replace("blue", "green"))
    assert author(checkout, {}).commit == head

    checkout.write_text(STACK.replace("local", "prod"))
    assert author(checkout, {}).commit == f"{head}-dirty"

    checkout.write_text(STACK)
    (checkout.parent.parent / "code.py").write_text("2\n")
    assert author(checkout, {}).commit == f"{head}-dirty"


def test_a_stack_file_that_no_commit_has_is_dirty(checkout: Path) -> None:
    other = checkout.with_name("Pulumi.new.yaml")
    other.write_text(STACK)

    assert author(other, {}).commit.endswith("-dirty")


def test_in_ci_it_is_the_actor_and_the_run(tmp_path: Path) -> None:
    said = author(tmp_path / "Pulumi.prod.yaml", CI)

    assert said == Author("octocat", "f" * 40, "https://github.com/acme/shop/actions/runs/17")


def test_another_ci_says_it_by_three_variables_of_ours(checkout: Path) -> None:
    words = {"TANDEM_BY": "bot", "TANDEM_COMMIT": "v1.2", "TANDEM_RUN": "https://ci.example/7"}

    assert author(checkout, CI | words) == Author("bot", "v1.2", "https://ci.example/7")


def test_an_actor_outside_of_ci_is_not_believed(checkout: Path) -> None:
    assert author(checkout, {"GITHUB_ACTOR": "mallory"}).by == "Ann Ö <ann@acme.com>"


def test_without_git_and_ci_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert author(tmp_path / "Pulumi.prod.yaml", {}) == Author()


def test_a_repository_without_a_commit_names_none() -> None:
    assert commit_of("# branch.oid (initial)\n# branch.head main\n", changed=True) == ""


@pytest.mark.parametrize(
    "now",
    [
        STACK + "    admin: {live: green}\n",
        STACK.replace("  tandem:rollouts:\n    web:\n      live: blue\n", ""),
        STACK.replace("    web:", "    # a comment\n\n    web:"),
        STACK.replace("  tandem:rollouts:\n    web:\n      live: blue\n", "  tandem:rollouts: {}\n"),
    ],
)
def test_rollouts_alone_are_no_difference(now: str) -> None:
    assert not differs(STACK, now)


def test_what_stands_after_the_rollouts_is_a_difference() -> None:
    assert differs(STACK + "  tandem:accept_risk: []\n", STACK + "  tandem:accept_risk: [x]\n")


def test_text_is_one_printable_line_and_not_too_long() -> None:
    assert line("a\n\x1b[31mb\u2028c\td", 20) == "a [31mb c d"
    assert line("x" * 30, 10) == "x" * 9 + "…"
    assert line(None, 10) == ""
