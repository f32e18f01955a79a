"""A resource as it is planned: what every rule looks at. From a mocked run of the program, or from an engine's preview.

Inputs are camelCase, as on the wire. A value may be a secret, or not known before the update; both are told from text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105  (the wire mark of a special value, in every program)
MASKED = "[secret]"
"""A secret in the events of an engine."""
UNKNOWN = frozenset({"04da6b54-80e4-46f7-96ec-b56ff0331ba9", "[unknown]"})
"""Stands for a value that only the update will know."""


@dataclass(frozen=True)
class Options:
    """Options of a resource; None where the plan does not tell them."""

    protect: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] | None = None
    provider: str | None = None
    """Empty: none was named."""
    told: bool = True
    """Whether `delete_before_replace=None` means that the program said nothing; else the plan is silent about it."""


@dataclass(frozen=True)
class Planned:
    """One resource: type token, logical name, inputs, options."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    options: Options = field(default_factory=Options)

    def at(self, path: str) -> Any:
        """The value at a dotted path of the inputs; None where there is none. A secret is taken out of its wrapping."""
        value: Any = self.inputs
        for key in path.split("."):
            value = bare(value)
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return bare(value)

    def many(self, path: str) -> Sequence[Any]:
        """The entries of a list; none where it is not there, or not known."""
        value = self.at(path)
        return value if isinstance(value, list) else ()


def bare(value: Any) -> Any:
    """A value without the wrapping of a secret."""
    if isinstance(value, Mapping) and SECRET_MARK in value:
        return value.get("value", MASKED)
    return value


def is_secret(value: Any) -> bool:
    """Whether a value is marked as one."""
    return value == MASKED or (isinstance(value, Mapping) and SECRET_MARK in value)


def is_unknown(value: Any) -> bool:
    """Whether only the update will know it."""
    return isinstance(value, str) and value in UNKNOWN


def of(resources: Sequence[Planned], *tokens: str) -> Iterator[Planned]:
    """Those of some types; a token is the last part of a type, as `compute/instance:Instance`."""
    wanted = {token if ":" in token.partition("/")[0] else f"gcp:{token}" for token in tokens}
    return (resource for resource in resources if resource.type in wanted)
