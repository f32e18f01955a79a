"""The workflows `deploy` and `rollback`, their steps as they are written, on real Docker and the offline engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.project import TANDEM
from tests.workflows.repository import clone, git
from tests.workflows.shop import Shop, shop


@pytest.fixture
def prod(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, "prod") as made:
        yield made


def test_a_deploy_a_rollback_and_a_rollback_at_once_are_in_the_repository_and_nothing_is_left_to_propose(
    prod: Shop,
) -> None:
    first = prod.run("deploy", environment="prod", app="web", image="demo:1")["deploy"]
    assert first.status == "success", first.text
    second = prod.run("deploy", environment="prod", app="web", image="demo:2")["deploy"]
    assert second.status == "success", second.text
    assert "### web: green-" in second.summary
    assert "/acme/shop/actions/runs/" in second.summary
    assert prod.rollouts("prod")["web"]["live"] == "green"
    assert git(prod.bare, "log", "-1", "--format=%an", "main") == "github-actions[bot]"
    assert proposes(prod, "clean") == {}

    back = prod.run("rollback", environment="prod", app="web", now=False)["rollback"]
    assert back.status == "success", back.text
    assert prod.rollouts("prod")["web"]["live"] == "blue"
    assert proposes(prod, "after-the-rollback") == {}

    assert prod.run("deploy", environment="prod", app="web", image="demo:3")["deploy"].status == "success"
    at_once = prod.run("rollback", environment="prod", app="web", now=True)["rollback"]
    assert at_once.status == "success", at_once.text
    assert "### web: blue-" in at_once.summary
    assert prod.rollouts("prod")["web"]["live"] == "blue"


def test_a_refused_release_fails_the_job_and_the_page_says_that_nothing_was_moved(prod: Shop) -> None:
    assert prod.run("deploy", environment="prod", app="web", image="demo:1")["deploy"].status == "success"
    before = prod.rollouts("prod")
    ran = prod.run("deploy", environment="prod", app="web", image="demo:crash")["deploy"]
    assert (ran.status, ran.summary) == ("failure", "Nothing was moved.\n")
    assert prod.rollouts("prod") == before
    assert proposes(prod, "clean").keys() <= {"delete"}, "only what the refused release left behind goes"


def test_without_an_image_the_stack_is_made_as_its_file_says(prod: Shop) -> None:
    ran = prod.run("deploy", environment="prod")["deploy"]
    assert ran.status == "success", ran.text
    assert "tandem up" in " ".join(ran.steps)
    assert prod.subjects() == ["feat: the shop as it is"]


def proposes(made: Shop, name: str) -> dict[str, int]:
    """What a preview of a clean checkout would change, by operation."""
    folder = clone(made.bare, made.folder / name)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    done = subprocess.run(
        [str(TANDEM), "-C", str(folder), "-s", "prod", "--engine", "offline", "preview", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    counts = json.loads(done.stdout.splitlines()[-1])["summary"]
    return {what: count for what, count in counts.items() if count and what != "same"}
