"""What the SDK does for each resource and no test looks at, left out: a quarter of a run on mocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from pulumi import Output, Resource
from pulumi.output import _OutputData
from pulumi.runtime import resource, rpc
from pulumi.runtime.proto import source_pb2


@contextmanager
def lightened() -> Iterator[None]:
    """The SDK of requirements.txt, lighter for as long as this is open."""
    with pytest.MonkeyPatch.context() as patch:
        # Nobody asks where in the code a resource was declared.
        patch.setattr(resource, "_get_stack_trace", source_pb2.StackTrace)
        patch.setattr(rpc, "transfer_properties", _properties)
        yield


def _properties(of: Resource, names: Iterable[str], custom: bool) -> dict[str, Callable[..., None]]:
    """Each property as an output that is not there yet, and what brings it there.

    The SDK takes four futures, a task and a callback for each, and a container has sixty, nearly all empty. It makes
    the outputs `urn` and `id` of one future, and so are all of them here.
    """
    bringing: dict[str, Callable[..., None]] = {}
    for name in names:
        if name == "urn" or (name == "id" and custom):
            continue
        output = object.__new__(Output)
        output._data = asyncio.Future()
        of.__dict__[name] = output
        bringing[name] = partial(_bring, output._data, of)
    return bringing


def _bring(
    there: asyncio.Future[Any],
    of: Resource,
    value: Any,
    known: bool,
    secret: bool,
    others: Iterable[Resource] | None,
    failed: Exception | None,
) -> None:
    if failed:
        there.set_exception(failed)
        there.exception()  # looked at: the registration fails with it too
    else:
        there.set_result(_OutputData({of, *(others or ())}, value, known, secret))
