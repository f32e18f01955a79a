"""Running the stack's program in this process, in a Pulumi runtime of its own, and leaving nothing of it behind."""

from __future__ import annotations

import asyncio
import contextvars
import os
import runpy
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tandem.engines import EngineError, StackRef
from tandem.engines.explained import explained

SDK = "3.272.0"
PARALLEL = 16
"""Registrations at work at the same time, as many as the real engine has on four cores."""

CANCEL_ROUNDS = 10
CANCEL_SECONDS = 0.1


class ProgramError(Exception):
    """The program itself failed. `str` is for people."""


def check_sdk() -> None:
    """Raises EngineError for any other SDK: the interface used here is not public and may change at each release."""
    found = version("pulumi")
    if found != SDK:
        raise EngineError(f"the offline engine works with pulumi {SDK}, not {found}; install requirements.txt again")


def run(ref: StackRef, config: Mapping[str, str], monitor: Any, log: Any, *, dry: bool) -> None:
    """Runs `<program>/__main__.py` to its end. Raises ProgramError."""
    # A context of its own: the SDK keeps settings, config and the root stack in context variables.
    contextvars.copy_context().run(_run, ref, config, monitor, log, dry)


def _run(ref: StackRef, config: Mapping[str, str], monitor: Any, log: Any, dry: bool) -> None:
    _configure(ref, config, monitor, log, dry)
    from pulumi.runtime.stack import run_in_stack

    with _place(ref.program), _untraced(), _loop() as loop:
        try:
            loop.run_until_complete(run_in_stack(lambda: _main(ref.program)))
        except (Exception, SystemExit) as error:
            raise ProgramError(explained(error, ref.program)) from error


def _main(program: Path) -> None:
    runpy.run_path(str(program / "__main__.py"), run_name="__main__")


def _configure(ref: StackRef, config: Mapping[str, str], monitor: Any, log: Any, dry: bool) -> None:
    import pulumi
    from pulumi.runtime import settings

    settings.configure(
        settings.Settings(
            project=ref.project,
            stack=ref.stack,
            monitor=monitor,
            engine=log,
            dry_run=dry,
            organization="organization",
            root_directory=str(ref.directory),
        )
    )
    settings.set_root_resource(None)  # type: ignore[arg-type]
    pulumi.runtime.set_all_config(dict(config), [])


@contextmanager
def _place(program: Path) -> Iterator[None]:
    """The program's folder as working directory and first import path."""
    before = Path.cwd()
    os.chdir(program)
    sys.path.insert(0, str(program))
    try:
        yield
    finally:
        sys.path.remove(str(program))
        os.chdir(before)


@contextmanager
def _untraced() -> Iterator[None]:
    """No account of where in the code each resource stands, for which the SDK reads all sources: nobody asks for it."""
    from pulumi.runtime import resource
    from pulumi.runtime.proto import source_pb2

    traced, resource._get_stack_trace = resource._get_stack_trace, source_pb2.StackTrace
    try:
        yield
    finally:
        resource._get_stack_trace = traced


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A new event loop. On the way out in-flight steps end, tasks are cancelled, threads and files closed."""
    loop = asyncio.new_event_loop()
    pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="tandem-step")
    loop.set_default_executor(pool)
    # Errors reach us by the run itself; the loop's own account of them would be a traceback on the terminal.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        # After Ctrl-C too: what is under way ends, what waits for a thread never starts.
        pool.shutdown(wait=True, cancel_futures=True)
        _cancel_rest(loop)
        asyncio.set_event_loop(None)
        loop.close()


def _cancel_rest(loop: asyncio.AbstractEventLoop) -> None:
    # The SDK answers a cancelled run by waiting for its outputs, which may never come: it takes more than one.
    for _ in range(CANCEL_ROUNDS):
        rest = asyncio.all_tasks(loop)
        if not rest:
            break
        for task in rest:
            task.cancel()
        loop.run_until_complete(asyncio.wait(rest, timeout=CANCEL_SECONDS))
    loop.run_until_complete(loop.shutdown_asyncgens())
