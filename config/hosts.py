"""The machine that carries the stack: one kind, one model.

A second kind makes `Host` a union discriminated by `kind`; every `match` over it ends in `assert_never`, so mypy then
names each file that has to know the new kind.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from config.base import Model
from config.forms import Whole


class LocalHost(Model):
    """This machine's own Docker, by its socket."""

    kind: Literal["local"]
    min_free_gb: Annotated[int, Whole(1, 10_000, 10, of="GB")] = 10
    """GB that must be free where Docker keeps its data before anything is deployed."""


Host: TypeAlias = LocalHost
