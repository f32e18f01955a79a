"""Stories on a machine behind SSH: an own machine, nothing of this one's Docker but the images."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.hosts import SshHost
from tests.machine.boot import Machine
from tests.machine.fixtures import machine, relay, shared_machine, swept

__all__ = ["machine", "relay", "shared_machine", "swept"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is `e2e`, whatever the file."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def host(of: Machine, **changed: object) -> SshHost:
    """A machine for tests as a stack file describes it."""
    said = {"address": of.address, "port": of.port, "user": of.user, "key": str(of.key), "host_key": of.host_key}
    return SshHost.model_validate({"kind": "ssh", **said, **changed})
