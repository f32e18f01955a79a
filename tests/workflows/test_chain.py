"""The workflow `release`, with all that it calls: from two merges to three stacks, and back out of the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.registry import PASSWORD, USER, Registry
from tests.workflows.repository import git, pushed
from tests.workflows.rest import GitHub
from tests.workflows.shop import Shop, shop
from tests.workflows.test_build import forget

STACKS = ("dev", "staging", "prod")


@pytest.fixture
def made(tmp_path: Path, there: GitHub, registry: Registry) -> Iterator[Shop]:
    with shop(tmp_path, *STACKS) as found:
        found.github = {"api_url": there.url}
        found.variables = {
            "IMAGE": f"{registry.address}/acme/{found.name}",
            "APP": "web",
            "CONTEXT": "app",
            "REGISTRY": registry.address,
            "REGISTRY_USER": USER,
        }
        found.secrets = {"REGISTRY_PASSWORD": PASSWORD}
        yield found


def test_a_merge_goes_onto_dev_and_a_release_onto_all_of_them(made: Shop, there: GitHub) -> None:
    ran = made.run("release", "push")
    assert ran["version"].status == "failure"
    assert "there is no tag such as v1.4.0" in ran["version"].text
    assert [*ran] == ["version", ""], "nothing is built and nothing deployed of what has no version"

    git(made.bare, "tag", "v1.4.0")
    pushed(made.bare, made.folder / "merge-1", {"README.md": "more"}, "docs: more of it")
    ran = made.run("release", "push")
    assert {name: job.status for name, job in ran.items() if name} == {
        "version": "success",
        "build/build": "success",
        "dev/deploy": "success",
    }, [job.text for job in ran.values()]
    assert live(made, "dev").startswith(f"{made.variables['IMAGE']}@sha256:")

    commit = pushed(made.bare, made.folder / "merge-2", {"app/more": "x"}, "feat(cart): many at once")
    ran = made.run("release", "push")
    assert {name: job.status for name, job in ran.items() if name} == dict.fromkeys(
        ["version", "build/build", "dev/deploy", "staging/deploy", "prod/deploy"], "success"
    ), [job.text for job in ran.values()]
    assert ran["version"].outputs == {"version": "1.5.0"}
    assert git(made.bare, "rev-parse", "v1.5.0^{commit}") == commit
    assert "- **cart:** many at once (" in there.releases["v1.5.0"]["body"]
    assert {live(made, stack) for stack in STACKS} == {ran["build/build"].outputs["image"]}
    assert "### web: " in ran["prod/deploy"].summary

    again = made.run("release", "push")
    assert again["version"].outputs == {"version": ""}, "the commits of the deploys are no release"
    heads = {git(made.bare, "rev-parse", name) for name in ("main", "main~1")} | {commit}
    tags = ["latest", "1.5.0", *heads, *git(made.bare, "log", "--format=%H", "main").splitlines()]
    forget(*(f"{made.variables['IMAGE']}:{tag}" for tag in dict.fromkeys(tags)))


def live(made: Shop, stack: str) -> str:
    """The image that `main` says is live."""
    rollout = made.rollouts(stack)["web"]
    return str(rollout[rollout["live"]]["image"])
