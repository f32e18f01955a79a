"""Stories on a machine behind SSH: an own machine, nothing of this one's Docker but the images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.hosts import SshHost
from tests.e2e.conftest import demo_images, engine
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine, machine, relay, shared_machine, swept
from tests.machine.image import Kind
from tests.ssh.project import SshProject, section, ssh_project

__all__ = ["demo_images", "engine", "machine", "relay", "shared_machine", "swept"]

IMAGES = ("demo:1", "demo:2", "demo:3", "demo:crash", "demo:sick", "demo:errors", "tandem-gateway:local")


@pytest.fixture(scope="session")
def stage(swept: None) -> Iterator[Machine]:
    """A machine that has the images, for all stories of a run, one after the other."""
    with a_machine(Kind()) as made:
        made.load(*IMAGES)
        yield made


@pytest.fixture
def web(tmp_path: Path, stage: Machine, engine: str) -> Iterator[SshProject]:
    """A project with one app `web`, nothing deployed yet."""
    with ssh_project(tmp_path, stage, engine=engine) as made:
        yield made


def host(of: Machine, **changed: object) -> SshHost:
    """A machine for tests as a stack file describes it."""
    return SshHost.model_validate({**section(of, port=of.port), **changed})
