"""Workflows are run on real Docker, with a registry and an origin on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import registry as registries
from tests.e2e.registry import Registry
from tests.workflows.rest import GitHub, github


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that asks who one is."""
    with registries.registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def there() -> Iterator[GitHub]:
    """What a workflow finds of GitHub."""
    with github() as known:
        yield known
