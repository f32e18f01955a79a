"""What the workflows say to GitHub: one comment, one issue, one release, whoever else wrote there."""

from __future__ import annotations

import pytest

from tests.workflows.rest import TOKEN, GitHub
from workflows import comment, issue
from workflows.github import GitHubError, Repository, here

MARKER = "<!-- tandem preview: shop/prod -->"


@pytest.fixture
def repository(there: GitHub) -> Repository:
    return here({"GITHUB_API_URL": there.url, "GITHUB_REPOSITORY": "acme/shop", "GITHUB_TOKEN": TOKEN})


def test_a_comment_is_found_by_its_first_line_on_whatever_page_and_updated(
    there: GitHub, repository: Repository
) -> None:
    for _ in range(130):
        there.said("7", f"I like {MARKER}", "bob")
    comment.keep(repository, "7", f"{MARKER}\nfirst")
    comment.keep(repository, "7", f"{MARKER}\nsecond")
    comment.keep(repository, "7", "<!-- tandem preview: shop/dev -->\nof another stack")
    assert [one["body"] for one in there.comments["7"][130:]] == [
        f"{MARKER}\nsecond",
        "<!-- tandem preview: shop/dev -->\nof another stack",
    ]


def test_what_somebody_else_wrote_under_that_line_is_left_alone(there: GitHub, repository: Repository) -> None:
    there.said("7", f"{MARKER}\nmine", "mallory")
    comment.keep(repository, "7", f"{MARKER}\nours")
    assert [one["body"] for one in there.comments["7"]] == [f"{MARKER}\nmine", f"{MARKER}\nours"]


def test_there_is_one_issue_as_long_as_something_is_wrong_and_a_new_one_the_next_time(
    there: GitHub, repository: Repository
) -> None:
    steps = [("no", False), ("a", True), ("b", True), ("good", False), ("still good", False), ("c", True)]
    done = [
        issue.keep(repository, "prod is not as its file says", f"{MARKER}\n{body}", wrong=wrong).partition(":")[0]
        for body, wrong in steps
    ]
    assert done == ["nothing to say", "opened", "updated", "closed", "nothing to say", "opened"]
    assert [(one["state"], one["body"].splitlines()[1]) for one in there.issues] == [("closed", "good"), ("open", "c")]


def test_a_token_without_the_right_is_named(there: GitHub) -> None:
    stranger = Repository(there.url, "acme/shop", "another")
    with pytest.raises(GitHubError, match=r"GET /issues/7/comments.*: 401 Unauthorized"):
        comment.keep(stranger, "7", f"{MARKER}\nours")


def test_a_job_that_was_given_no_token_is_told_so() -> None:
    with pytest.raises(GitHubError, match="GITHUB_TOKEN: not set"):
        here({"GITHUB_REPOSITORY": "acme/shop"})
