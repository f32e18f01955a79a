from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storage.server import Service, service


@pytest.fixture(scope="session")
def s3() -> Iterator[Service]:
    """An S3 service with the bucket `acme`."""
    with service() as made:
        made.bucket("acme")
        yield made
