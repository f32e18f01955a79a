"""A stage per test, on its own network and port; leftovers of killed runs go first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from images import build
from tests.host.docker import remove_leftovers
from tests.host.stage import SCOPE, Stage


def gateway_image() -> str:
    """The image to test: TANDEM_TEST_GATEWAY_IMAGE, else the one that the set-up makes, built here if it is missing."""
    return os.environ.get("TANDEM_TEST_GATEWAY_IMAGE") or build.gateway_image()


@pytest.fixture(scope="session")
def image() -> str:
    remove_leftovers(SCOPE)
    return gateway_image()


@pytest.fixture
def bare(image: str, tmp_path: Path) -> Iterator[Stage]:
    """A stage without a gateway."""
    stage = Stage(image, tmp_path)
    try:
        yield stage
    finally:
        stage.close()


@pytest.fixture
def stage(bare: Stage) -> Stage:
    """A stage whose gateway runs, with the sites `web` and `web-admin` and nobody behind them."""
    installed = bare.install()
    assert installed.code == 0, installed.stderr
    bare.start_gateway()
    return bare


@pytest.fixture
def serving(stage: Stage) -> Stage:
    """A stage where green serves."""
    stage.release("green-11111111")
    stage.switch("green-11111111")
    return stage


@pytest.fixture
def pair(serving: Stage) -> Stage:
    """Green serves, blue stands by."""
    serving.release("blue-22222222")
    serving.switch("green-11111111", "blue-22222222").receipt  # noqa: B018  (asserts that it succeeded)
    return serving


@pytest.fixture
def switched(pair: Stage) -> Stage:
    """Blue serves, green is the way back."""
    pair.switch("blue-22222222", "green-11111111", back="green-11111111").receipt  # noqa: B018  (asserts it too)
    return pair
