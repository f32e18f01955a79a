"""The SDK's mock monitor, writing down what it is told, options included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from tandem.engines.mocks import google
from tandem.engines.mocks.registered import Registered


class Providers(mocks.Mocks):
    """Stands in for the providers: every container gets a physical name, every command an empty answer.

    `answers`: what lookups find, by their token; text is the reason of a failure, a function is asked with the
    arguments. Any other lookup is an error.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Id and state of a resource that was made."""
        if args.typ.startswith("gcp:"):
            return google.made(args.typ, args.inputs)
        computed: dict[str, Any] = {}
        if args.typ == "docker:index/container:Container":
            computed = {"name": args.inputs.get("name", f"{args.name}-0000000")}
        if args.typ.startswith("command:"):
            computed = {"stdout": "", "stderr": ""}
        return f"{args.name}-id", {**args.inputs, **computed}

    def call(self, args: mocks.MockCallArgs) -> Any:
        """What a lookup finds."""
        if args.token not in self.answers:
            raise AssertionError(f"the program looks something up: {args.token}")
        answer = self.answers[args.token]
        answer = answer(args.args) if callable(answer) else answer
        return ({}, [("", answer)]) if isinstance(answer, str) else answer


class Recorder(mocks.MockMonitor):
    """Keeps every registration in `resources`; their order means nothing, as they are concurrent."""

    def __init__(self, resources: list[Registered], providers: Providers) -> None:
        super().__init__(providers)
        self.kept = resources

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  (the SDK's name)
        """One resource of the program."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
        self.kept.append(_registered(urn, request, inputs))
        made, state = self.mocks.new_resource(mocks.MockResourceArgs(request.type, request.name, inputs))
        # Only what the provider adds is put on the wire; the rest is there already.
        answer = struct_pb2.Struct()
        answer.CopyFrom(request.object)
        answer.update({key: value for key, value in state.items() if value is not inputs.get(key)})
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made or "", object=answer)


class OneThread(asyncio.SelectorEventLoop):
    """The SDK asks its engine from threads; a recorder has answered before another thread is awake."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]  # noqa: ARG002
        """Runs it at once."""
        answer = self.create_future()
        try:
            answer.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as any executor: it is the answer
            answer.set_exception(error)
        return answer


def _registered(urn: str, request: Any, inputs: Mapping[str, Any]) -> Registered:
    return Registered(
        urn=urn,
        type=request.type,
        name=request.name,
        inputs=inputs,
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
