"""A stack in a temporary folder: a program written by the test, a fake Docker, and the engine between them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import names
from tandem.engines import EngineError, Event, Result, StackRef, StepDone, StepFailed, StepStarted
from tandem.engines.offline import OfflineEngine
from tandem.engines.offline.state import State
from tandem.engines.offline.store import LocalStore
from tests.unit.tandem.offline.fake_docker import FakeDocker

PRELUDE = """
import pulumi
import pulumi_command as command
import pulumi_docker as docker

config = pulumi.Config("t")
provider = docker.Provider("docker", host="unix:///fake.sock")
labels = [docker.ContainerLabelArgs(label="t.stack", value="dev")]

def on(**more):
    return pulumi.ResourceOptions(provider=provider, **more)

def container(logical, opts=None, **inputs):
    return docker.Container(logical, **{"image": "demo:1", **inputs}, opts=opts or on(delete_before_replace=False))

def local(name, opts=None, **inputs):
    return command.local.Command(name, add_previous_output_in_env=False, **inputs, opts=opts)
"""


class Stack:
    """One stack under test. `events` are those of the last run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "program"
        self.program.mkdir()
        self.docker = FakeDocker()
        self.events: list[Event] = []
        self.configure("{}")

    @property
    def engine(self) -> OfflineEngine:
        """A fresh engine, as each command makes one."""
        ref = StackRef(self.folder, "test", "dev", self.program)
        return OfflineEngine(ref, connect=self.docker.connect)

    @property
    def directory(self) -> Path:
        """The stack's folder."""
        return names.stack_directory("test", "dev")

    @property
    def state(self) -> State:
        """What is on disk."""
        return State.load(LocalStore(self.directory, "test-dev"))

    def configure(self, config: str) -> None:
        """Writes the stack file."""
        (self.folder / "Pulumi.dev.yaml").write_text(f"config:\n{textwrap.indent(textwrap.dedent(config), '  ')}\n")

    def write(self, text: str) -> None:
        """Writes the program, after the prelude."""
        (self.program / "__main__.py").write_text(PRELUDE + textwrap.dedent(text))

    def up(self, text: str | None = None) -> Result:
        """One update, with a new program if given."""
        return self._run(self.engine.up, text)

    def preview(self, text: str | None = None) -> Result:
        """One preview, with a new program if given."""
        return self._run(self.engine.preview, text)

    def destroy(self) -> Result:
        """The end of the stack."""
        return self._run(self.engine.destroy, None)

    def refusal(self, work: Callable[..., Result], text: str | None = None) -> str:
        """What a run that has to fail says."""
        with pytest.raises(EngineError) as raised:
            work(text) if text is not None else work()
        return str(raised.value)

    def _run(self, work: Callable[[Any], Result], text: str | None) -> Result:
        if text is not None:
            self.write(text)
        self.events = []
        return work(self.events.append)

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Operation and name of each step that ended well and changed something, in order."""
        return [(step.operation, step.name) for step in self._of(StepDone) if step.operation != "same"]

    @property
    def started(self) -> list[str]:
        """Names of the steps that began, in order."""
        return [step.name for step in self._of(StepStarted)]

    @property
    def failed(self) -> list[str]:
        """Names of the steps that failed."""
        return [step.name for step in self._of(StepFailed)]

    def _of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """An empty stack in a checkout of its own."""
    monkeypatch.setattr(names, "ROOT", tmp_path)
    return Stack(tmp_path)
