"""A fake of Google's own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.google.fake import Fake, fake


@pytest.fixture
def google() -> Iterator[Fake]:
    """A running fake with one project, `acme-test`."""
    with fake() as running:
        yield running
