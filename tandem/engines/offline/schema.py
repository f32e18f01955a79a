"""What the engine knows of a type's properties: their inner shape, and what a change of each one means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tandem.engines.offline.values import Secret, Unknown


class Effect(Enum):
    """What a changed property asks for."""

    REPLACE = "replace"
    UPDATE = "update"


@dataclass(frozen=True)
class Property:
    """One input property.

    `fields` names the keys of the object (or of each object in the list) it holds, None for a plain value or a free
    mapping; `unordered` lists are sets to the provider, so that their order changes nothing.
    """

    effect: Effect
    fields: Mapping[str, Mapping[str, Any] | None] | None = None
    unordered: bool = False


@dataclass(frozen=True)
class Schema:
    """A resource type: its properties, and how its objects get names.

    `named` = it has a `name` that is made up (logical name, dash, seven hex digits) when not given. `delete_first` =
    replacements delete the old object first unless the program says otherwise, as the real provider has it.
    """

    type: str
    properties: Mapping[str, Property]
    required: tuple[str, ...] = ()
    named: bool = False
    delete_first: bool = False
    computed: tuple[str, ...] = field(default=())

    def mistakes(self, name: str, inputs: Mapping[str, Any]) -> list[str]:
        """What the engine does not know of these inputs, one sentence each, and what is missing."""
        where = f"{self.type} ({name})"
        found = [
            f"offline engine does not know property {path} of {where}; it knows {', '.join(sorted(known))}"
            for path, known in self._unknown(inputs)
        ]
        found += [f"{where} lacks its property {key}" for key in self.required if key not in inputs]
        return found

    def _unknown(self, inputs: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
        found = [(key, list(self.properties)) for key in inputs if key not in self.properties]
        for key, value in inputs.items():
            if key in self.properties:
                found += _unknown_fields(key, value, self.properties[key].fields)
        return found


def _unknown_fields(path: str, value: Any, fields: Mapping[str, Any] | None) -> list[tuple[str, list[str]]]:
    if fields is None or isinstance(value, Unknown):
        return []
    if isinstance(value, Secret):
        return _unknown_fields(path, value.value, fields)
    if isinstance(value, list):
        return [found for item in value for found in _unknown_fields(path, item, fields)]
    if not isinstance(value, dict):
        return []
    found = [(f"{path}.{key}", list(fields)) for key in value if key not in fields]
    for key, item in value.items():
        if key in fields:
            found += _unknown_fields(f"{path}.{key}", item, fields[key])
    return found


def replacing(*names: str) -> dict[str, Property]:
    """Plain properties whose change replaces the object."""
    return {name: Property(Effect.REPLACE) for name in names}


def updating(*names: str) -> dict[str, Property]:
    """Plain properties whose change is done, or only noted, in place."""
    return {name: Property(Effect.UPDATE) for name in names}


def nested(*names: str, unordered: bool = True, **inner: Mapping[str, Any]) -> Property:
    """An object, or a set of objects, with these keys; a change replaces. `inner` gives the keys of a key's object."""
    fields: dict[str, Mapping[str, Any] | None] = dict.fromkeys(names)
    return Property(Effect.REPLACE, fields=fields | inner, unordered=unordered)


def keys(*names: str) -> Mapping[str, Any]:
    """The keys of an inner object, each a plain value."""
    return dict.fromkeys(names)
