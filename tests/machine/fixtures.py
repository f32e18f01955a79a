"""Machines for pytest. A conftest imports the fixtures it needs by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.machine.boot import Machine, boot, kept, sweep
from tests.machine.image import Kind, missing
from tests.machine.relay import Relay

ALL = os.environ.get("TANDEM_ALL_MACHINES") == "1"
"""Whether the long stories are told too (`make test-all`)."""

only_in_full = pytest.mark.skipif(not ALL, reason="a long story: TANDEM_ALL_MACHINES=1 or `make test-all` tells it")


@contextmanager
def a_machine(kind: Kind) -> Iterator[Machine]:
    """A machine while the block runs; skips the test where none can be made, and says what is missing."""
    if stands_against := missing(kind):
        pytest.skip(f"no machine for tests here: it needs {stands_against}")
    machine = boot(kind)
    try:
        yield machine
    finally:
        if kept():
            sys.stderr.write(f"kept: docker exec -it {machine.name} bash\n")
        else:
            machine.remove()


@pytest.fixture(scope="session")
def swept() -> None:
    """No machine of a killed run is left."""
    sweep()


@pytest.fixture
def machine(swept: None) -> Iterator[Machine]:
    """A new machine of Debian 12 with Docker and the user `deploy`; this test's own."""
    with a_machine(Kind()) as made:
        yield made


@pytest.fixture(scope="module")
def shared_machine(swept: None) -> Iterator[Machine]:
    """The same for all tests of a module, which leave it as they found it."""
    with a_machine(Kind()) as made:
        yield made


@pytest.fixture
def bare_machine(swept: None) -> Iterator[Machine]:
    """A new Debian 12 with sshd and nothing else; root's key only."""
    with a_machine(Kind(bare=True)) as made:
        yield made


@pytest.fixture
def relay(machine: Machine) -> Iterator[Relay]:
    """A relay in front of the machine's SSH: delay, cuts, counts."""
    with Relay(machine.address, machine.port) as between:
        yield between
