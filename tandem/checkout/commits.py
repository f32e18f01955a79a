"""Commit-back (`--commit`): the stack file is committed and pushed before the engine runs, and after it.

Before: so that a run that is killed half-way is known to everybody, and so that two of them cannot start from the same
file; who pushes second is told, and nothing was changed yet. After: so that the next preview of a clean checkout
proposes nothing, and no run of it takes anything back. docs/decisions/0013 says why, docs/workflows.md how.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from tandem.checkout.git import Checkout, GitError, OvertakenError
from tandem.exits import BUSY, PENDING, Stop, environment, refused, usage
from tandem.stack import author
from tandem.stack.stackfile import StackFile, rollouts

Told = TypeVar("Told")

TRIES = 10
"""How often a branch may be overtaken by others before one gives up."""
SKIP = "[skip ci]"
"""GitHub starts no workflow for a push whose last commit says so: the deploy that wrote the commit is done already."""


class MovedOnError(Exception):
    """The branch got commits of others before anything was touched: the checkout has them now, and is to be read anew.

    None of them is about the apps that were to move.
    """


class Commits(Protocol):
    """What a command does with what it writes into the stack file."""

    def begin(self) -> None:
        """Before the file is read: may it be committed, and is it what everybody has? Raises Stop."""
        ...

    def intend(self, title: str, apps: Sequence[str], told: Sequence[str]) -> None:
        """The file says what is wanted, nothing has happened yet. Raises Stop or MovedOnError: put back as it was."""
        ...

    def settle(self, title: str, told: Sequence[str]) -> None:
        """The file says what came of it. Raises Stop (pending) where that could not be pushed."""
        ...


class Uncommitted:
    """The file is the matter of whoever gave the command."""

    def begin(self) -> None:
        """Nothing."""

    def intend(self, title: str, apps: Sequence[str], told: Sequence[str]) -> None:
        """Nothing."""

    def settle(self, title: str, told: Sequence[str]) -> None:
        """Nothing."""


@dataclass
class Committed:
    """Commits of one stack file on the branch that is checked out. `say`: where remarks go."""

    file: Path
    stack: str
    say: Callable[[str], None]
    intended: bool = False

    @cached_property
    def checkout(self) -> Checkout:
        """The one the file is in."""
        return Checkout(self.file.parent)

    @cached_property
    def branch(self) -> str:
        """The one that is checked out. Raises Stop (usage)."""
        name = self.checkout.ask("symbolic-ref", "--quiet", "--short", "HEAD")
        if name is None:
            raise usage(
                f"--commit: {self.file.parent} is on no branch, so there is nothing to push to; "
                f"next: git switch main (in a workflow: checkout with `ref: main`)"
            )
        return name

    @cached_property
    def remote(self) -> str:
        """Where the branch is pushed to."""
        return self.checkout.ask("config", "--get", f"branch.{self.branch}.remote") or "origin"

    @cached_property
    def ref(self) -> str:
        """What the branch is called there."""
        return self.checkout.ask("config", "--get", f"branch.{self.branch}.merge") or f"refs/heads/{self.branch}"

    @property
    def there(self) -> str:
        """`origin/main`."""
        return f"{self.remote}/{self.ref.removeprefix('refs/heads/')}"

    def begin(self) -> None:
        """See `Commits.begin`: clean, on a branch, by somebody, and with every commit of the others."""
        if self.checkout.ask("rev-parse", "--show-toplevel") is None:
            raise usage(f"--commit: {self.file.parent} is no checkout of git")
        self._refuse_dirt()
        self._refuse_nobody()
        try:
            theirs = self._fetched()
            ahead, behind = self.checkout.do("rev-list", "--left-right", "--count", f"HEAD...{theirs}").split()
            if ahead != "0":
                raise refused(
                    f"--commit: {self.branch} has {ahead} commits that {self.there} does not have, and they would be "
                    f"pushed along; next: git pull --rebase && git push"
                )
            if behind != "0":
                self.checkout.do("merge", "--quiet", "--ff-only", theirs)
                self.say(f"{self.branch}: {behind} newer commits of {self.there} are here now")
        except GitError as error:
            raise environment(f"--commit: {self.there}: {error}\nnothing was changed") from None

    def intend(self, title: str, apps: Sequence[str], told: Sequence[str]) -> None:
        """See `Commits.intend`."""
        if not self._written():
            return
        try:
            self._commit(f"{title}: begins", *told)
        except GitError as error:
            self._undo("restore", "--source=HEAD", "--staged", "--worktree", "--", self.file.name)
            raise environment(f"--commit: {error}\nnothing was changed") from None
        try:
            self.checkout.push(self.remote, self.ref)
            self.intended = True
        except OvertakenError:
            self._undo("reset", "--quiet", "--keep", "HEAD~1")
            self._catch_up(title, apps)
        except GitError as error:
            self._undo("reset", "--quiet", "--keep", "HEAD~1")
            raise environment(f"--commit: {self.there} does not take it: {error}\nnothing was changed") from None

    def settle(self, title: str, told: Sequence[str]) -> None:
        """See `Commits.settle`. What happened must not be lost: it is put on top of whatever came meanwhile."""
        if not (self.intended or self._written()):
            return
        self.intended = False
        try:
            self._commit(title, *told)
            for _ in range(TRIES):
                try:
                    self.checkout.push(self.remote, self.ref)
                    return
                except OvertakenError:
                    self._replay(title, told)
            raise GitError(f"overtaken {TRIES} times")
        except (GitError, Stop) as error:
            raise Stop(
                f"{title}: done, but {self.file.name} could not be pushed to {self.there}: {error}\n"
                f"next: git pull --rebase && git push; until then a run of another checkout may take it back",
                PENDING,
            ) from None

    def _refuse_dirt(self) -> None:
        dirt = self.checkout.ask("status", "--porcelain", "--untracked-files=no")
        if dirt:
            listed = "\n".join(f"  {line}" for line in dirt.splitlines()[:10])
            raise usage(f"--commit: not committed yet:\n{listed}\nnext: git commit or git stash, then again")
        if self.checkout.ask("ls-files", "--error-unmatch", "--", self.file.name) is None:
            raise usage(f"--commit: {self.file.name} is not in the repository; next: git add, commit and push it")

    def _refuse_nobody(self) -> None:
        for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
            if self.checkout.ask("-c", "user.useConfigOnly=true", "var", who) is None:
                raise usage(
                    "--commit: git does not know who commits; next: git config user.name … && git config user.email …"
                )

    def _fetched(self) -> str:
        """The newest commit of the branch there. Raises GitError, Stop (usage) on no branch."""
        self.checkout.do("fetch", "--quiet", self.remote, self.ref)
        return self.checkout.do("rev-parse", "FETCH_HEAD")

    def _written(self) -> bool:
        return bool(self.checkout.ask("status", "--porcelain", "--", self.file.name))

    def _commit(self, title: str, *lines: str) -> None:
        """Only the stack file. Hooks are for what people write."""
        run = author.author(self.file).run
        body = "\n".join([*lines, *([run] if run else []), SKIP])
        subject = f"deploy({self.stack}): {title}"
        words = ["commit", "--quiet", "--no-verify", "--allow-empty", "--only", "--message", f"{subject}\n\n{body}"]
        self.checkout.do(*words, "--", self.file.name)

    def _undo(self, *words: str) -> None:
        if self.checkout.ask(*words) is None:
            raise Stop(f"--commit: git {' '.join(words)} failed; look at git status. Nothing was deployed", BUSY)

    def _catch_up(self, title: str, apps: Sequence[str]) -> None:
        """After an intention came second: nothing has happened, so one begins anew, unless it is about the same app."""
        before = rollouts(self.file.read_text(encoding="utf-8"))
        self.begin()
        now = rollouts(self.file.read_text(encoding="utf-8"))
        taken = [app for app in apps if before.get(app) != now.get(app)]
        if taken:
            last = self.checkout.ask("log", "-1", "--format=%h %an: %s", "--", self.file.name)
            raise Stop(
                f"busy: {title}: {', '.join(taken)} was moved on {self.there} meanwhile ({last}); nothing was changed. "
                f"Look at `tandem status`, then say it again",
                BUSY,
            )
        raise MovedOnError

    def _replay(self, title: str, told: Sequence[str]) -> None:
        """What came of it, on top of theirs: app by app, as two apps are neighbouring lines, which git cannot merge."""
        ours = self.file.read_text(encoding="utf-8")
        base = self.checkout.do("show", f"HEAD~1:./{self.file.name}")
        if author.differs(base, ours):
            raise GitError("more than rollouts was written, and the branch has moved on")
        then = rollouts(base)
        changed = {app: entry for app, entry in rollouts(ours).items() if entry != then.get(app)}
        self.checkout.do("reset", "--quiet", "--keep", self._fetched())
        theirs = StackFile.read(self.file)
        if changed:
            theirs.write(theirs.with_rollouts(changed))
        self._commit(title, *told)


def steadily(again: Callable[[], None], story: Callable[[], Told]) -> Told:
    """The story, told anew (after `again`) as long as the branch moves on before it has begun. Raises Stop (busy)."""
    for _ in range(TRIES):
        try:
            return story()
        except MovedOnError:
            again()
    raise Stop(f"busy: the branch was overtaken {TRIES} times; nothing was changed", BUSY)
