"""Runs the whole program on mocked resources and records what it registers, options included."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings

from config import names
from config.secrets import STACK_NAMESPACE
from tests import google_made as google

SECRET_KEY = "4dabf18193072939515e22adb298388d"
"""The SDK's own mark of a secret value on the wire."""


@dataclass(frozen=True)
class Registered:
    """One registered resource: type token, logical name, wire inputs (camelCase), and the options that matter."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    delete_before_replace: bool | None
    ignore_changes: tuple[str, ...]
    protect: bool
    retain_on_delete: bool
    depends_on: tuple[str, ...]
    parent: str
    provider: str
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()


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


class _Outputs(mocks.Mocks):
    """Stands in for the providers: every container gets a physical name, every command an empty answer."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if args.typ.startswith("gcp:"):
            return google.made(args.typ, args.inputs)
        computed: dict[str, Any] = {}
        if args.typ == "docker:index/container:Container":
            computed = {"name": args.inputs.get("name", f"{args.name}-0000000")}
        if args.typ.startswith("command:"):
            computed = {"stdout": "", "stderr": ""}
        return f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: mocks.MockCallArgs) -> Any:
        if args.token not in self.answers:
            raise AssertionError(f"the program looks something up: {args.token}")
        answer = self.answers[args.token]
        answer = answer(args.args) if callable(answer) else answer
        return ({}, [("", answer)]) if isinstance(answer, str) else answer


class _Recorder(mocks.MockMonitor):
    def __init__(self, program: Program, outputs: _Outputs) -> None:
        super().__init__(outputs)
        self.program = program

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self.program.resources.append(_registered(answer.urn, request))
        return answer


def _registered(urn: str, request: Any) -> Registered:
    return Registered(
        urn=urn,
        type=request.type,
        name=request.name,
        inputs=pulumi.runtime.rpc.deserialize_properties(request.object),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        depends_on=tuple(sorted(name.split("::")[-1] for name in request.dependencies)),
        parent=request.parent.split("::")[-1],
        provider=request.provider.split("::")[-2] if request.provider else "",
        deleted_with=request.deletedWith.split("::")[-1],
        replace_with=tuple(sorted(name.split("::")[-1] for name in request.replace_with)),
    )


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
    outputs = _Outputs(answers)
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


@contextmanager
def _runtime(program: Program, outputs: _Outputs, *, project: str, stack: str, preview: bool) -> Iterator[None]:
    """A fresh SDK runtime on its own event loop; an unclosed one is noisy at interpreter exit."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    settings.set_root_resource(None)  # type: ignore[arg-type]
    try:
        recorder = _Recorder(program, outputs)
        mocks.set_mocks(outputs, project=project, stack=stack, preview=preview, monitor=recorder)
        yield
    finally:
        pulumi.runtime.set_all_config({})
        asyncio.set_event_loop(None)
        loop.close()


def _wire(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
