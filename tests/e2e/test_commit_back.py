"""`--commit` on both engines: two clones of one origin deploy to one stack, and nothing is lost on either side."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tandem.exits import REFUSED, SWITCHED_OFF
from tandem.stack.stackfile import rollouts
from tests import load
from tests.e2e.project import APP, Project, docker, project, until
from tests.workflows.repository import clone, git


@dataclass(frozen=True)
class Origin:
    """A bare repository with one project of two apps, and its clones."""

    bare: Path
    made: Project

    def clone(self, name: str) -> Project:
        """The same project in a checkout of its own."""
        return replace(self.made, directory=clone(self.bare, self.bare.parent / name))

    def rollouts(self) -> dict[str, Any]:
        return dict(rollouts(git(self.bare, "show", f"main:{self.made.file.name}")))

    def subjects(self) -> list[str]:
        return git(self.bare, "log", "--format=%s", "main").splitlines()


@pytest.fixture
def origin(tmp_path: Path, engine: str) -> Iterator[Origin]:
    with repository(
        tmp_path, engine, {name: {**APP, "domains": [f"{name}.localhost"]} for name in ("web", "admin")}
    ) as it:
        yield it


@pytest.fixture
def watched(tmp_path: Path, engine: str) -> Iterator[Origin]:
    """One app, whose switches are watched."""
    apps = {"web": {**APP, "domains": ["web.localhost"], "watch": {"window": "15s"}}}
    with repository(tmp_path, engine, apps) as it:
        yield it


@contextmanager
def repository(tmp_path: Path, engine: str, apps: Mapping[str, Any]) -> Iterator[Origin]:
    first = tmp_path / "first"
    first.mkdir()
    with project(first, engine=engine, apps=apps) as made:
        git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(first))
        git(first, "add", "--all")
        git(first, "commit", "--quiet", "--message", "feat: the project")
        git(first, "clone", "--quiet", "--bare", str(first), str(tmp_path / "origin.git"))
        yield Origin(tmp_path / "origin.git", made)


def test_two_merges_at_once_both_deploy_and_a_clean_checkout_has_nothing_to_propose(origin: Origin) -> None:
    ann, bob = origin.clone("ann"), origin.clone("bob")
    assert ann.run("deploy", "web=demo:1", "admin=demo:1", "--commit").code == 0
    running = [
        at_once(ann, "deploy", "web", "demo:2", "--commit", "--wait"),
        at_once(bob, "deploy", "admin", "demo:2", "--commit", "--wait"),
    ]
    assert [ended(one) for one in running] == [0, 0]

    live = {app: entry["live"] for app, entry in origin.rollouts().items()}
    assert live == {"web": "green", "admin": "green"}
    assert {app: ann.served_by(app)[1].partition("-")[0] for app in live} == live
    assert proposes(origin.clone("clean")) == {}

    assert bob.run("rollback", "web", "--commit").code == 0
    assert origin.subjects()[0] == "deploy(e2e): rollback web"
    assert origin.rollouts()["web"]["live"] == "blue"
    assert proposes(origin.clone("after-the-rollback")) == {}


def test_of_two_deploys_of_one_app_at_once_the_later_goes_on_top(origin: Origin) -> None:
    ann, bob = origin.clone("ann"), origin.clone("bob")
    assert ann.run("deploy", "web", "demo:1", "--commit").code == 0
    first = at_once(ann, "deploy", "web", "demo:2", "--commit", "--wait")
    second = at_once(bob, "deploy", "web", "demo:3", "--commit", "--wait")
    assert [ended(first), ended(second)] == [0, 0]
    clean = origin.clone("clean")
    live = origin.rollouts()["web"]["live"]
    assert clean.served_by()[1].startswith(f"{live}-")
    assert proposes(clean) == {}
    assert len([subject for subject in origin.subjects() if subject == "deploy(e2e): deploy web"]) == 3


def test_a_refused_release_leaves_the_repository_as_it_was(origin: Origin) -> None:
    ann = origin.clone("ann")
    assert ann.run("deploy", "web", "demo:1", "--commit").code == 0
    before, serving = origin.rollouts(), ann.served_by()
    assert ann.run("deploy", "web", "demo:crash", "--commit").code == 1
    assert origin.rollouts() == before
    assert origin.subjects()[:2] == ["deploy(e2e): deploy web: failed", "deploy(e2e): deploy web: begins"]
    assert ann.served_by() == serving


def test_a_run_whose_result_could_not_be_pushed_is_not_taken_back_by_the_next(origin: Origin) -> None:
    ann = origin.clone("ann")
    assert ann.run("deploy", "web", "demo:1", "--commit").code == 0
    hook = origin.bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase $(git log -1 --format=%s "$3") in *begins) ;; *) echo away; exit 1 ;; esac\n')
    hook.chmod(0o755)
    ran = ann.run("deploy", "web", "demo:2", "--commit")
    assert ran.code == 6, ran.text
    assert "could not be pushed to origin/main" in ran.text
    hook.unlink()

    serving = ann.served_by()
    bob = origin.clone("bob")
    assert bob.run("up", "--commit").code == 0
    assert ann.served_by() == serving
    assert origin.rollouts()["web"]["live"] == "green"
    assert proposes(origin.clone("clean")) == {}


def test_a_run_that_was_killed_half_way_is_ended_by_another_checkout(origin: Origin) -> None:
    ann = origin.clone("ann")
    assert ann.run("deploy", "web", "demo:1", "--commit").code == 0
    running = at_once(ann, "deploy", "web", "demo:2", "--commit")
    until(lambda: origin.subjects()[0] == "deploy(e2e): deploy web: begins")
    running.kill()
    running.communicate()

    assert origin.clone("bob").run("up", "--commit", "--wait").code == 0
    assert origin.rollouts()["web"]["live"] == "green"
    assert ann.served_by()[1].startswith("green-")
    assert proposes(origin.clone("clean")) == {}


def test_a_release_that_its_verdict_switches_off_is_taken_back_in_the_repository_too(watched: Origin) -> None:
    ann = watched.clone("ann")
    assert ann.run("deploy", "web", "demo:1", "--commit", "--no-wait").code == 0
    good, bad = ann.served_by(), image("demo:errors")
    with visitors(ann):
        ran = ann.run("deploy", "web", "demo:errors", "--commit")
    assert ran.code == SWITCHED_OFF, ran.text
    assert ann.served_by() == good

    told = watched.rollouts()["web"]
    assert (told["live"], told["green"]["image"], told["standby"]) == ("blue", bad, "next")
    green, back = (watched.subjects()[2:4], watched.subjects()[:2])
    assert green == back == ["deploy(e2e): deploy web", "deploy(e2e): deploy web: begins"]
    assert f"web: {good[1]} serves" in git(watched.bare, "log", "-1", "--format=%b", "main")
    nothing_brings_it_back(watched, good)


def test_a_verdict_that_nobody_waited_for_is_followed_by_the_next_run_of_any_checkout(watched: Origin) -> None:
    ann = watched.clone("ann")
    assert ann.run("deploy", "web", "demo:1", "--commit", "--no-wait").code == 0
    good = ann.served_by()
    with visitors(ann):
        pass
    assert ann.run("deploy", "web", "demo:errors", "--commit", "--no-wait").code == 0
    assert watched.rollouts()["web"]["live"] == "green"
    with visitors(ann):
        until(lambda: ann.served_by() == good, seconds=60)
    nothing_brings_it_back(watched, good)
    assert watched.rollouts()["web"]["live"] == "blue"


def nothing_brings_it_back(watched: Origin, good: tuple[int, str]) -> None:
    """The next run of CI, in a checkout of its own, and a deploy of the same image again."""
    again = watched.clone("again")
    assert again.run("up", "--commit").code == 0
    assert again.served_by() == good
    assert proposes(watched.clone("clean")) == {}

    before = watched.subjects()
    refused = again.run("deploy", "web", "demo:errors", "--commit")
    assert (refused.code, "is barred" in refused.text) == (REFUSED, True), refused.text
    assert (watched.subjects(), again.served_by()) == (before, good)


@contextmanager
def visitors(made: Project) -> Iterator[None]:
    """Enough of them for a verdict."""
    with load.background(made.port, header="web.localhost", clients=8, fresh=2, think=0.05) as seen:
        until(lambda: seen.requests > 100, seconds=60)
        yield


def image(tag: str) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", tag).strip()


def at_once(made: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        made.command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(running: subprocess.Popen[str]) -> int:
    running.communicate(timeout=240)
    return running.returncode


def proposes(made: Project) -> dict[str, int]:
    """What a preview of a checkout would change, by operation."""
    counts = made.ok("preview", "--json").summary["summary"]
    return {name: count for name, count in counts.items() if count and name != "same"}
