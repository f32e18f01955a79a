"""Commit-back on real git: two checkouts of one origin, and every way in which they may meet."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tandem.checkout.commits import Committed, MovedOnError, steadily
from tandem.exits import BUSY, ENVIRONMENT, PENDING, REFUSED, USAGE, Stop
from tandem.stack.stackfile import StackFile, rollouts

BEFORE = """\
config:
  tandem:profile: local  # a remark
  tandem:rollouts:
    web:
      live: blue
      blue: {image: "sha256:1"}
    admin:
      live: blue
      blue: {image: "sha256:2"}
"""
GREEN = {"live": "green", "green": {"image": "sha256:3"}, "blue": {"image": "sha256:1"}, "standby": "previous"}


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Person:
    """One checkout, and the command at work in it."""

    def __init__(self, bare: Path, folder: Path, name: str) -> None:
        git(bare, "clone", "--quiet", str(bare), str(folder))
        git(folder, "config", "user.name", name)
        git(folder, "config", "user.email", f"{name}@acme.com")
        self.folder = folder
        self.remarks: list[str] = []
        self.commits = Committed(folder / "Pulumi.prod.yaml", "prod", self.remarks.append)

    @property
    def file(self) -> StackFile:
        return StackFile.read(self.commits.file)

    def write(self, **entries: object) -> None:
        self.file.write(self.file.with_rollouts(entries))  # type: ignore[arg-type]

    def deploy(self, app: str, entry: object) -> None:
        """A whole move as the command makes it."""
        self.commits.begin()
        self.write(**{app: entry})
        self.commits.intend(f"deploy {app}", [app], [f"{app}: blue → green, sha256:3"])
        self.commits.settle(f"deploy {app}", [f"{app}: green-1a2b3c4d serves sha256:3"])


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    first = tmp_path / "first"
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(first))
    (first / "Pulumi.prod.yaml").write_text(BEFORE)
    (first / "main.py").write_text("")
    git(first, "add", "--all")
    git(first, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "--quiet", "-m", "first")
    git(tmp_path, "clone", "--quiet", "--bare", str(first), str(tmp_path / "origin.git"))
    return tmp_path / "origin.git"


@pytest.fixture
def ann(bare: Path, tmp_path: Path) -> Person:
    return Person(bare, tmp_path / "ann", "Ann")


@pytest.fixture
def bob(bare: Path, tmp_path: Path) -> Person:
    return Person(bare, tmp_path / "bob", "Bob")


def told(bare: Path) -> dict[str, object]:
    return dict(rollouts(git(bare, "show", "main:Pulumi.prod.yaml")))


def subjects(bare: Path) -> list[str]:
    return git(bare, "log", "--format=%s", "main").splitlines()


def refusal(story: Callable[[], None]) -> Stop:
    with pytest.raises(Stop) as stop:
        story()
    return stop.value


def test_a_move_is_two_commits_of_the_stack_file_alone_by_whoever_git_says_and_starts_no_workflow(
    bare: Path, ann: Person
) -> None:
    (ann.folder / "notes.txt").write_text("not in the repository")
    ann.deploy("web", GREEN)
    assert subjects(bare) == ["deploy(prod): deploy web", "deploy(prod): deploy web: begins", "first"]
    assert git(bare, "log", "-1", "--format=%an%n%b", "main") == ("Ann\nweb: green-1a2b3c4d serves sha256:3\n[skip ci]")
    assert git(bare, "diff", "--name-only", "main~2", "main") == "Pulumi.prod.yaml"
    assert told(bare)["web"] == GREEN
    assert "# a remark" in git(bare, "show", "main:Pulumi.prod.yaml")


def test_what_others_pushed_is_fetched_before_anything_is_read(bare: Path, ann: Person, bob: Person) -> None:
    bob.deploy("admin", GREEN)
    ann.deploy("web", GREEN)
    assert told(bare) == {"web": GREEN, "admin": GREEN}
    assert ann.remarks == ["main: 2 newer commits of origin/main are here now"]


def test_an_intention_that_comes_second_begins_anew_where_it_is_about_another_app(
    bare: Path, ann: Person, bob: Person
) -> None:
    tries = []

    def story() -> str:
        tries.append(rollouts(ann.file.text))
        ann.write(web=GREEN)
        if len(tries) == 1:
            bob.deploy("admin", GREEN)
        ann.commits.intend("deploy web", ["web"], [])
        return "done"

    ann.commits.begin()
    assert steadily(lambda: None, story) == "done"
    assert [seen["admin"]["live"] for seen in tries] == ["blue", "green"]
    assert told(bare) == {"web": GREEN, "admin": GREEN}


def test_an_intention_that_comes_second_is_refused_where_it_is_about_the_same_app(
    bare: Path, ann: Person, bob: Person
) -> None:
    ann.commits.begin()
    bob.deploy("web", GREEN)
    ann.write(web={"live": "blue", "blue": {"image": "sha256:4"}})
    stop = refusal(lambda: ann.commits.intend("deploy web", ["web"], []))
    assert stop.code == BUSY
    assert "web was moved on origin/main meanwhile" in str(stop)
    assert "Bob: deploy(prod): deploy web" in str(stop)
    assert told(bare)["web"] == GREEN
    assert rollouts(ann.file.text)["web"] == GREEN, "the file is everybody's again"


def test_what_came_of_it_goes_on_top_of_whatever_came_meanwhile(bare: Path, ann: Person, bob: Person) -> None:
    ann.commits.begin()
    ann.write(web={**GREEN, "blue": {"image": "sha256:1"}})
    ann.commits.intend("deploy web", ["web"], [])
    bob.deploy("admin", GREEN)
    settled = {**GREEN, "blue": {"image": "sha256:1", "frozen": "5fe29bd5"}}
    ann.write(web=settled)
    ann.commits.settle("deploy web", [])
    assert told(bare) == {"web": settled, "admin": GREEN}
    assert git(ann.folder, "status", "--porcelain") == ""


def test_a_failed_move_is_taken_back_in_the_repository_too(bare: Path, ann: Person) -> None:
    ann.commits.begin()
    ann.write(web=GREEN)
    ann.commits.intend("deploy web", ["web"], [])
    (ann.commits.file).write_text(BEFORE)
    ann.commits.settle("deploy web: failed", ["web: blue-5fe29bd5 serves sha256:1"])
    assert git(bare, "show", "main:Pulumi.prod.yaml") == BEFORE.strip()
    assert subjects(bare)[0] == "deploy(prod): deploy web: failed"


def test_a_command_that_writes_nothing_commits_nothing(bare: Path, ann: Person) -> None:
    ann.commits.begin()
    ann.commits.intend("up", [], [])
    ann.commits.settle("up", [])
    assert subjects(bare) == ["first"]


def test_a_branch_that_takes_nothing_is_found_before_anything_moves(bare: Path, ann: Person) -> None:
    ann.commits.begin()
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch\nexit 1\n")
    hook.chmod(0o755)
    ann.write(web=GREEN)
    stop = refusal(lambda: ann.commits.intend("deploy web", ["web"], []))
    assert stop.code == ENVIRONMENT
    assert "protected branch" in str(stop)
    assert "nothing was changed" in str(stop)
    assert ann.file.text == BEFORE
    assert git(ann.folder, "status", "--porcelain", "--branch") == "## main...origin/main"


def test_what_came_of_it_stays_here_where_it_cannot_be_pushed_and_that_is_said(bare: Path, ann: Person) -> None:
    ann.commits.begin()
    ann.write(web=GREEN)
    ann.commits.intend("deploy web", ["web"], [])
    bare.rename(bare.with_name("gone.git"))
    stop = refusal(lambda: ann.commits.settle("deploy web", []))
    assert stop.code == PENDING
    assert "next: git pull --rebase && git push" in str(stop)
    assert rollouts(ann.file.text)["web"] == GREEN


def edit(ann: Person) -> None:
    (ann.folder / "main.py").write_text("changed")


def leave_the_branch(ann: Person) -> None:
    git(ann.folder, "checkout", "--quiet", "--detach")


def commit_and_keep_it(ann: Person) -> None:
    git(ann.folder, "commit", "--quiet", "--allow-empty", "-m", "mine")


def lose_the_file(ann: Person) -> None:
    git(ann.folder, "rm", "--quiet", "--cached", "Pulumi.prod.yaml")
    git(ann.folder, "commit", "--quiet", "-m", "away")
    git(ann.folder, "push", "--quiet")


def lose_the_name(ann: Person) -> None:
    git(ann.folder, "config", "--unset", "user.email")


def lose_the_origin(ann: Person) -> None:
    git(ann.folder, "remote", "set-url", "origin", "/nowhere")


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (edit, USAGE, "not committed yet:\n  M main.py\nnext: git commit or git stash"),
        (leave_the_branch, USAGE, "is on no branch"),
        (commit_and_keep_it, REFUSED, "main has 1 commits that origin/main does not have"),
        (lose_the_file, USAGE, "Pulumi.prod.yaml is not in the repository"),
        (lose_the_name, USAGE, "git config user.name"),
        (lose_the_origin, ENVIRONMENT, "origin/main: "),
    ],
)
def test_what_stands_in_the_way_is_named_before_anything_moves(
    ann: Person,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    wrong: Callable[[Person], None],
    code: int,
    said: str,
) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    wrong(ann)
    stop = refusal(ann.commits.begin)
    assert (stop.code, said in str(stop)) == (code, True), str(stop)


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    stop = refusal(Committed(tmp_path / "Pulumi.prod.yaml", "prod", print).begin)
    assert (stop.code, str(stop)) == (USAGE, f"--commit: {tmp_path} is no checkout of git")


def test_a_branch_that_moves_on_for_ever_ends_as_busy() -> None:
    def story() -> None:
        raise MovedOnError

    assert refusal(lambda: steadily(lambda: None, story)).code == BUSY
