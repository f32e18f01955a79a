from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.server import Service, service


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder needs Docker."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def s3() -> Iterator[Service]:
    """An S3 service with the bucket `acme`."""
    with service() as made:
        made.bucket("acme")
        yield made
