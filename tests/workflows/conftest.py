"""Workflows are run on real Docker, with a registry and an origin on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import registry as registries
from tests.e2e.registry import Registry


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is `e2e`, whatever the file."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that asks who one is."""
    with registries.registry(tmp_path_factory.mktemp("registry")) as running:
        yield running
