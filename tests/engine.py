"""Runs the whole program on mocked resources and records what it registers, options included."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings

from config import names
from config.secrets import STACK_NAMESPACE
from tandem.engines.mocks.recorder import OneThread, Providers, Recorder
from tandem.engines.mocks.registered import Registered
from tests.sdk import lightened

__all__ = ["Program", "Registered", "run", "seen"]

SECRET_KEY = "4dabf18193072939515e22adb298388d"
"""The SDK's own mark of a secret value on the wire."""


@dataclass
class Program:
    """What one run registered, by URN, and its stack outputs."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def one(self, name: str) -> Registered:
        """The resource (no component) with this logical name; fails when there is none or more."""
        (found,) = [found for found in self.resources if found.name == name and not found.type.startswith("tandem:")]
        return found

    def of(self, type_token: str) -> list[Registered]:
        """All resources of a type, by URN."""
        return [resource for resource in self.resources if resource.type == type_token]


def run(
    config: Mapping[str, Any],
    *,
    project: str = "tandem",
    stack: str = "test",
    preview: bool = False,
    answers: Mapping[str, Any] = {},
    main: Path = names.ROOT / "__main__.py",
    namespace: str = names.NAMESPACE,
    kept: Mapping[str, str] = {},
    into: Program | None = None,
) -> Program:
    """Runs `__main__.py`, or another program, with the config values of its namespace as the stack file has them.

    `answers`: what lookups find, by their token; text is the reason of a failure, a function is asked with the
    arguments. Any other lookup is an error. `kept`: encrypted values of the stack file, by name. `into`: what is
    filled, also by a run that fails.
    """
    program = Program() if into is None else into
    outputs = Providers(answers)
    with _runtime(program, outputs, project=project, stack=stack, preview=preview):
        wire = {f"{namespace}:{key}": _wire(value) for key, value in config.items()}
        wire |= {f"{STACK_NAMESPACE}:{name}": value for name, value in kept.items()}
        pulumi.runtime.set_all_config(wire)

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def whole() -> pulumi.Output[None]:
            runpy.run_path(str(main), run_name="__main__")
            root = settings.get_root_resource()
            assert root is not None
            return pulumi.Output.from_input(root.outputs).apply(program.outputs.update)  # type: ignore[attr-defined]

        whole()
    # Registration is concurrent: only names give an order.
    program.resources.sort(key=lambda resource: resource.urn)
    return program


def seen(config: Mapping[str, Any]) -> Program:
    """What `run(config)` registers, run once a process: for tests that only look, and change no environment."""
    return _seen(json.dumps(config))


@cache
def _seen(config: str) -> Program:
    return run(json.loads(config))


@contextmanager
def _runtime(program: Program, outputs: Providers, *, project: str, stack: str, preview: bool) -> Iterator[None]:
    """A fresh SDK runtime on its own event loop; an unclosed one is noisy at interpreter exit."""
    loop = OneThread()
    asyncio.set_event_loop(loop)
    settings.set_root_resource(None)  # type: ignore[arg-type]
    try:
        recorder = Recorder(program.resources, outputs)
        mocks.set_mocks(outputs, project=project, stack=stack, preview=preview, monitor=recorder)
        with lightened():
            yield
    finally:
        pulumi.runtime.set_all_config({})
        asyncio.set_event_loop(None)
        loop.close()


def _wire(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
