"""The workflows `preview` and `drift`, their steps as they are written: the comment, the page of a fork, the issue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.repository import clone, git
from tests.workflows.rest import GitHub
from tests.workflows.runner import Ran
from tests.workflows.shop import Shop, shop

STACKS = ("dev", "staging", "prod")


@pytest.fixture
def made(tmp_path: Path, there: GitHub) -> Iterator[Shop]:
    with shop(tmp_path, *STACKS) as found:
        found.github = {"api_url": there.url}
        found.variables = {"IMAGE": "acme/web", "APP": "web"}
        yield found


def opened(made: Shop, edit: tuple[str, str, str], of: str = "acme/shop") -> dict[str, Ran]:
    """A pull request that edits a file; the run of `preview` on what GitHub makes of it: its merge into `main`."""
    there = clone(made.bare, made.folder / f"branch-{edit[2][:8].strip()}")
    file, old, new = edit
    text = (there / file).read_text()
    assert old in text
    (there / file).write_text(text.replace(old, new))
    git(there, "commit", "--quiet", "--all", "--message", "feat: an edit")
    git(there, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/edit")
    request: dict[str, Any] = {"number": 7, "head": {"repo": {"full_name": of}}}
    made.github |= {
        "sha": git(there, "rev-parse", "HEAD"),
        "ref": "refs/pull/7/merge",
        "base_ref": "main",
        "event": {"pull_request": request, "repository": {"default_branch": "main"}},
    }
    return made.run("preview", "pull_request")


def test_a_pull_request_has_a_comment_a_stack_which_follows_it(made: Shop, there: GitHub) -> None:
    ran = opened(made, ("Pulumi.dev.yaml", '"memory": 96', '"memory": 64'))
    assert {name: job.status for name, job in ran.items()} == {
        "ours (dev)": "success",
        "ours (staging)": "success",
        "ours (prod)": "success",
        "": "success",
    }, [job.text for job in ran.values()]
    assert sorted(first(one["body"]) for one in there.comments["7"]) == sorted(
        f"<!-- tandem preview: {made.name}/{stack} -->" for stack in STACKS
    )

    ran = opened(made, ("Pulumi.dev.yaml", '"memory": 96', '"memry": 64'))
    assert ran["ours (dev)"].status == "failure"
    (dev,) = [one["body"] for one in there.comments["7"] if first(one["body"]).endswith("/dev -->")]
    assert "apps.web.memry" in dev, "the comment of before, and it says why there is no plan"
    assert len(there.comments["7"]) == 3


def test_a_fork_is_told_on_the_jobs_page_and_nothing_is_asked_of_github(made: Shop, there: GitHub) -> None:
    made.only = {"stack": "dev"}
    ran = opened(made, ("Pulumi.dev.yaml", "bind: 127.0.0.1", "bind: 127.0.0.2"), of="stranger/shop")
    assert {name: job.status for name, job in ran.items() if name} == {"forks (dev)": "success"}
    page = ran["forks (dev)"].summary
    assert first(page) == f"<!-- tandem preview: {made.name}/dev -->"
    assert "gateway" in page
    assert there.asked == []


def test_drift_is_one_issue_until_the_stack_is_as_its_file_says(made: Shop, there: GitHub) -> None:
    made.only = {"stack": "dev"}
    assert made.run("deploy", environment="dev", app="web", image="demo:1")["deploy"].status == "success"
    assert {job.status for job in made.run("drift", "schedule").values()} == {"success"}
    assert there.issues == []

    there_is = clone(made.bare, made.folder / "edit")
    file = there_is / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace('"memory": 96', '"memory": 64'))
    git(there_is, "commit", "--quiet", "--all", "--message", "feat: less memory, which nobody brings up")
    git(there_is, "push", "--quiet")
    for _ in range(2):
        made.run("drift", "schedule")
    (issue,) = there.issues
    assert issue["title"] == "dev is not as its file says"
    assert first(issue["body"]) == f"<!-- tandem drift: {made.name}/dev -->"
    assert "web-" in issue["body"]
    assert issue["state"] == "open"

    assert made.run("deploy", environment="dev")["deploy"].status == "success"
    made.run("drift", "schedule")
    assert [one["state"] for one in there.issues] == ["closed"]


def first(body: str) -> str:
    return body.splitlines()[0]
