"""The offline engine: preview, up, destroy and outputs of one stack, with nothing but the Python SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from config import names
from tandem.engines import Engine, EngineError, OnEvent, Result, StackRef
from tandem.engines.offline import locks, program, stackconfig
from tandem.engines.offline.deployment import Deployment
from tandem.engines.offline.monitor import Log, Monitor
from tandem.engines.offline.reconcile import reconcile
from tandem.engines.offline.resources.command import LocalCommand, RemoteCommand
from tandem.engines.offline.resources.container import Container
from tandem.engines.offline.resources.docker import Connect, Daemon
from tandem.engines.offline.resources.image import Image
from tandem.engines.offline.resources.kind import Kind, StepError
from tandem.engines.offline.resources.network import Network
from tandem.engines.offline.resources.provider import CommandProvider, DockerProvider
from tandem.engines.offline.resources.volume import Volume
from tandem.engines.offline.secrets import Sealer
from tandem.engines.offline.state import State
from tandem.engines.offline.steps import Steps, Worlds
from tandem.engines.offline.values import shown

_KINDS: tuple[Kind, ...] = (
    Network(),
    Volume(),
    Container(),
    Image(),
    LocalCommand(),
    RemoteCommand(),
    DockerProvider(),
    CommandProvider(),
)
KINDS: Mapping[str, Kind] = {kind.schema.type: kind for kind in _KINDS}


class OfflineEngine(Engine):
    """An `Engine` that runs the program in this process and keeps its state in the stack's folder.

    Counts and steps are of custom resources only, explicit providers included; the stack and components have none.
    The deletion of what this run replaced is an event, but counted once, as "replace".
    """

    name: Literal["pulumi", "offline"] = "offline"

    def __init__(self, ref: StackRef, *, connect: Connect = Daemon) -> None:
        self.ref = ref
        self._connect = connect

    @property
    def directory(self) -> Path:
        """The stack's folder: pin, lock, state, key."""
        return names.stack_directory(self.ref.project, self.ref.stack)

    @property
    def _label(self) -> str:
        return names.stack_prefix(self.ref.project, self.ref.stack)

    def preview(self, on_event: OnEvent) -> Result:
        """What `up` would do. Takes no lock, writes nothing, contacts nothing. Raises EngineError."""
        locks.check_pin(self.directory, self._label)
        return self._with_run(on_event, "preview", self._preview, dry=True)

    def up(self, on_event: OnEvent) -> Result:
        """Makes it so. Raises EngineError after a failed step (nothing is deleted then)."""
        locks.check_pin(self.directory, self._label)
        with locks.held(self.directory, self._label, "up"):
            locks.set_pin(self.directory)
            return self._with_run(on_event, "update", self._up)

    def destroy(self, on_event: OnEvent) -> Result:
        """Removes everything the stack made, dependents first; retained resources are only forgotten."""
        locks.check_pin(self.directory, self._label)
        with locks.held(self.directory, self._label, "destroy"):
            result = self._with_run(on_event, "destroy", self._destroy)
            locks.remove_pin(self.directory)
            return result

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of the last good run, secrets masked; empty before the first."""
        return self._load().outputs

    def _load(self) -> State:
        return State.load(self.directory / "offline.json")

    def _with_run(
        self, on_event: OnEvent, what: str, work: Callable[[Deployment], Mapping[str, Any]], *, dry: bool = False
    ) -> Result:
        began = time.monotonic()
        state = self._load()
        worlds = Worlds(self._connect, state)
        steps = Steps(state, Sealer(self.directory / "key"), KINDS, worlds)
        run = Deployment(steps, on_event, dry=dry)
        outputs: Mapping[str, Any] = state.outputs
        problem = ""
        try:
            if not dry:
                reconcile(steps)
            outputs = work(run)
        except (program.ProgramError, StepError) as error:
            problem = steps.sealer.masked(str(error))
        finally:
            worlds.close()
        result = Result(dict(run.counts), outputs, round(time.monotonic() - began, 3), tuple(run.done))
        if problem or run.failed:
            raise EngineError(problem or _account(what, run), tuple(run.failures), result)
        return result

    def _preview(self, run: Deployment) -> Mapping[str, Any]:
        outputs = self._program(run)
        if not run.failed:
            run.delete_undeclared()
        return outputs

    def _up(self, run: Deployment) -> Mapping[str, Any]:
        outputs = self._program(run)
        if run.failed:
            return run.state.outputs
        run.delete_undeclared()
        if not run.failed:
            run.state.finish(outputs)
        return outputs

    def _destroy(self, run: Deployment) -> Mapping[str, Any]:
        run.delete([*run.state.replaced, *run.state.records.values()])
        if not run.failed:
            run.state.finish({})
        return run.state.outputs

    def _program(self, run: Deployment) -> dict[str, Any]:
        program.check_sdk()
        config = stackconfig.read(self.ref.file, self.ref.project)
        monitor = Monitor(run, self.ref.project, self.ref.stack)
        program.run(self.ref, config, monitor, Log(run), dry=run.dry)
        return {key: shown(value) for key, value in sorted(monitor.outputs.items())}


def _account(what: str, run: Deployment) -> str:
    first, *more = run.failures
    also = f" (and {len(more)} more)" if more else ""
    untouched = "; nothing was deleted" if first.operation != "delete" and not run.dry else ""
    return f"{what} failed at {first.name}{also}{untouched}: {first.message}"
