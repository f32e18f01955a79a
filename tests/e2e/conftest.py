"""Every story is told on both engines; the real one is told where its CLI is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import names
from tests.e2e.project import STACK, Project, docker, project, remove
from tests.e2e.registry import Registry, registry

ENGINES = ("offline", "pulumi")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that runs the story."""
    name: str = request.param
    if name == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip(
            "the pulumi CLI is not on PATH: the story on the real engine needs it and its docker and command plugins"
        )
    return name


@pytest.fixture
def web(tmp_path: Path, engine: str) -> Iterator[Project]:
    """A project with one app `web`, nothing deployed yet."""
    with project(tmp_path, engine=engine) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def no_leftovers() -> None:
    """Stacks of test runs that were killed more than an hour ago; younger ones may be another run's."""
    listed = docker(
        "ps", "-a", "--filter", f"label={names.LABEL_STACK}={STACK}",
        "--format", "{{.Label \"" + names.LABEL_PROJECT + "\"}}\t{{.CreatedAt}}",
    )  # fmt: skip
    for project_name, created in (line.split("\t") for line in listed.splitlines()):
        born = datetime.strptime(created[:25], "%Y-%m-%d %H:%M:%S %z")
        if datetime.now(tz=UTC) - born > timedelta(hours=1):
            remove(project_name)


@pytest.fixture(scope="session", autouse=True)
def demo_images() -> dict[str, str]:
    """Tag → image ID of the demo images, which the set-up builds."""
    tags = ["demo:1", "demo:2", "demo:3", "demo:crash", "demo:sick", "demo:errors"]
    return {tag: docker("image", "inspect", "--format", "{{.Id}}", tag).strip() for tag in tags}


@pytest.fixture
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry of the test's own, which asks who one is."""
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running
