"""What a program on mocks declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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


@dataclass(frozen=True)
class Declared:
    """All of a program's resources, by URN, and its stack outputs. Nothing of a stack that is not there."""

    resources: tuple[Registered, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
