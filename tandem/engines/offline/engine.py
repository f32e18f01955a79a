"""The offline engine: preview, up, destroy and outputs of one stack, with nothing but the Python SDK."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from config import names
from tandem.engines import Engine, EngineError, OnEvent, Result, StackRef
from tandem.engines.offline import locks, stackconfig
from tandem.engines.offline.deployment import Deployment
from tandem.engines.offline.kinds import KINDS
from tandem.engines.offline.progress import Progress
from tandem.engines.offline.reconcile import reconcile
from tandem.engines.offline.refresh import again, refresh
from tandem.engines.offline.resources.docker import Connect, Daemon
from tandem.engines.offline.resources.kind import StepError
from tandem.engines.offline.secrets import Sealer
from tandem.engines.offline.state import State
from tandem.engines.offline.steps import Steps, Worlds
from tandem.engines.offline.store import LocalStore, Store
from tandem.engines.offline.values import shown
from tandem.locks.holder import Holder


class OfflineEngine(Engine):
    """An `Engine` that runs the program in this process and keeps its state in a store.

    Counts and steps are of custom resources only, explicit providers included; the stack and components have none.
    The deletion of what this run replaced is an event, but counted once, as "replace".
    Ctrl-C lets steps under way end, starts nothing new, and comes out as KeyboardInterrupt.
    """

    name: Literal["pulumi", "offline"] = "offline"

    def __init__(self, ref: StackRef, *, connect: Connect = Daemon, store: Store | None = None) -> None:
        self.ref = ref
        self.fresh = False
        """See `Engine.fresh`."""
        self.anew: Collection[str] = ()
        """See `Engine.anew`."""
        self._connect = connect
        name = names.stack_prefix(ref.project, ref.stack)
        self.store: Store = store or LocalStore(names.stack_directory(ref.project, ref.stack), name)

    def preview(self, on_event: OnEvent) -> Result:
        """What `up` would do. Takes no lock, writes nothing, contacts nothing. Raises EngineError."""
        self.store.check_pin()
        return self._run(on_event, "preview", self._preview, dry=True)

    def up(self, on_event: OnEvent) -> Result:
        """Makes it so. Raises EngineError after a failed step (nothing is deleted then)."""
        self.store.check_pin()
        with self.store.held("up"):
            self.store.set_pin()
            try:
                return self._run(on_event, "update", self._up)
            finally:
                self._free_if_empty()

    def destroy(self, on_event: OnEvent) -> Result:
        """Removes everything the stack made, dependents first; retained resources are only forgotten."""
        self.store.check_pin()
        with self.store.held("destroy"):
            try:
                return self._run(on_event, "destroy", self._destroy)
            finally:
                self._free_if_empty()

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of the last good run, secrets masked; empty before the first."""
        return self._load().outputs

    def holders(self) -> Sequence[Holder]:
        """See `Engine.holders`."""
        return self.store.holders()

    def unlock(self) -> None:
        """See `Engine.unlock`."""
        self.store.free()

    def _load(self) -> State:
        return State.load(self.store)

    def _free_if_empty(self) -> None:
        # A stack of which nothing exists belongs to no engine.
        if self._load().is_empty:
            self.store.remove_pin()

    def _run(
        self, on_event: OnEvent, what: str, work: Callable[[Deployment], Mapping[str, Any]], *, dry: bool = False
    ) -> Result:
        began = time.monotonic()
        state = self._load()
        worlds = Worlds(self._connect, state)
        sealer = Sealer(self.store.key)
        progress = Progress(on_event, sealer)
        steps = Steps(state, sealer, KINDS, worlds)
        outputs: Mapping[str, Any] = state.outputs
        problem = ""
        try:
            with _engine_named():
                if not dry:
                    reconcile(steps)
                if self.fresh and what != "destroy":
                    refresh(steps, dry=dry)
                again(steps, self.anew)
                outputs = work(Deployment(steps, progress, dry=dry))
            if not dry:
                self.store.settle()
        except StepError as error:
            problem = sealer.masked(str(error))
        finally:
            worlds.close()
        seconds = round(time.monotonic() - began, 3)
        result = Result(dict(progress.counts), outputs, seconds, tuple(progress.done), tuple(progress.plan))
        if problem or progress.failures:
            message = _account(what, progress, dry=dry) if progress.failures else problem
            raise EngineError(message, tuple(progress.failures), result)
        return result

    def _preview(self, run: Deployment) -> Mapping[str, Any]:
        outputs = self._program(run)
        if not run.progress.stopped:
            run.delete_undeclared()
        return outputs

    def _up(self, run: Deployment) -> Mapping[str, Any]:
        outputs = self._program(run)
        run.restate()
        if not run.progress.stopped:
            run.delete_undeclared()
        if not run.progress.stopped:
            run.state.finish(outputs)
        return run.state.outputs

    def _destroy(self, run: Deployment) -> Mapping[str, Any]:
        run.delete([*run.state.replaced, *run.state.records.values()])
        if not run.progress.stopped:
            run.state.finish({})
        return run.state.outputs

    def _program(self, run: Deployment) -> dict[str, Any]:
        # The SDK takes a third of a second to import; what only reads outputs need not wait for it.
        from tandem.engines.offline import program
        from tandem.engines.offline.monitor import Log, Monitor

        program.check_sdk()
        config = stackconfig.read(self.ref.file, self.ref.project)
        monitor = Monitor(run, self.ref.project, self.ref.stack)
        try:
            program.run(self.ref, config, monitor, Log(run), dry=run.dry)
        except program.ProgramError as error:
            run.progress.check_halted()
            raise StepError(str(error)) from error
        run.progress.check_halted()
        return {key: shown(value) for key, value in sorted(monitor.outputs.items())}


@contextmanager
def _engine_named() -> Iterator[None]:
    """Tells program and commands which engine runs them."""
    before = os.environ.get(names.ENV_ENGINE)
    os.environ[names.ENV_ENGINE] = locks.ENGINE
    try:
        yield
    finally:
        if before is None:
            del os.environ[names.ENV_ENGINE]
        else:
            os.environ[names.ENV_ENGINE] = before


def _account(what: str, progress: Progress, *, dry: bool) -> str:
    first, *more = progress.failures
    also = f" (and {len(more)} more)" if more else ""
    untouched = "; nothing was deleted" if first.operation != "delete" and not dry else ""
    return f"{what} failed at {first.name}{also}{untouched}: {first.message}"
