"""What the program asks for, as one value per resource; and the names things get."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from tandem.engines.offline.values import decode

STACK_TYPE = "pulumi:pulumi:Stack"
ROOT_PARENTS = ("", STACK_TYPE)


@dataclass(frozen=True)
class Named:
    """A resource of which only the names are known: enough to refuse it."""

    type: str
    name: str
    urn: str


@dataclass(frozen=True)
class Goal:
    """A custom resource as the program declares it. `inputs` still hold secrets and unknowns as such."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    dependencies: list[str]
    property_dependencies: dict[str, list[str]]
    provider: str
    delete_first: bool | None
    ignored: tuple[str, ...]
    protect: bool
    retain: bool


def goal(request: Any, urn: str) -> Goal:
    """The goal of one registration. Raises ValueError for values the engine does not know."""
    provider = request.provider.rpartition("::")[0]
    parent = request.parent
    dependencies = {*request.dependencies, *([provider] if provider else []), *([parent] if parent else [])}
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        inputs=decode(request.object),
        dependencies=sorted(dependencies),
        property_dependencies={
            key: sorted(deps.urns) for key, deps in request.propertyDependencies.items() if deps.urns
        },
        provider=provider,
        delete_first=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignored=tuple(request.ignoreChanges),
        protect=request.protect,
        retain=request.retainOnDelete,
    )


def urn(project: str, stack: str, parent: str, type_: str, name: str) -> str:
    """`urn:pulumi:stack::project::parentType$type::name`, with the whole chain of parents but the stack's own type."""
    chain = parent.split("::")[2] if parent else ""
    qualified = type_ if chain in ROOT_PARENTS else f"{chain}${type_}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def physical_name(name: str, inputs: dict[str, Any]) -> str:
    """The object's name on its host: the program's, or the logical one with a dash and seven hex digits."""
    chosen = inputs.get("name")
    return chosen if isinstance(chosen, str) else f"{name}-{secrets.token_hex(4)[:7]}"
