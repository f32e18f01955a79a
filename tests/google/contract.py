"""Whether Google would understand what a program asks for: inputs against the documents, key by key.

Judged of every resource of a known type: each key is a property of the document, of the right kind, not deprecated and
not Google's own to set; each value of a closed list is in the list; what the document requires is there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine import SECRET_KEY, Registered
from tests.google.kinds import DESCRIBED, KINDS, Kind

Node = Mapping[str, Any]


@dataclass
class Judged:
    """What was looked at, and all that Google would not take."""

    keys: int = 0
    enums: int = 0
    required: int = 0
    resources: Counter[str] = field(default_factory=Counter)
    """Type → how many of it were judged."""
    unknown: list[str] = field(default_factory=list)
    """Keys that the document does not have."""
    bad: list[str] = field(default_factory=list)
    """Values outside their closed list."""
    other: list[str] = field(default_factory=list)
    """Wrong kind of value, set though it is Google's to set, deprecated, or missing though required."""
    untold: set[str] = field(default_factory=set)
    """Types that nobody has mapped to a document."""

    @property
    def line(self) -> str:
        """The result in one line."""
        return (
            f"{sum(self.resources.values())} resources of {len(self.resources)} types: {self.keys} keys checked, "
            f"{len(self.unknown)} unknown; {self.enums} enum values checked, {len(self.bad)} bad; "
            f"{self.required} required fields checked, {len(self.other)} other faults"
        )


def judge(resources: Iterable[Registered], judged: Judged | None = None) -> Judged:
    """Judges every `gcp:` resource; with `judged` it is added to what was judged before."""
    result = judged or Judged()
    for resource in resources:
        if not resource.type.startswith("gcp:"):
            continue
        if resource.type not in KINDS:
            result.untold.add(resource.type)
            continue
        result.resources[resource.type] += 1
        kind = KINDS[resource.type]
        said = {key: value for key, value in plain(resource.inputs).items() if key not in kind.aside}
        _Walk(kind, resource, result).value(kind.body(said), kind.node(), "")
    return result


def plain(value: Any) -> Any:
    """Inputs without the marks of secrets."""
    if isinstance(value, Mapping):
        if SECRET_KEY in value:
            return plain(value.get("value"))
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class _Walk:
    """Through one resource's body and its schema, side by side."""

    kind: Kind
    resource: Registered
    judged: Judged

    def value(self, value: Any, node: Node, path: str) -> None:
        node = self._resolved(node)
        if node.get("type") == "array":
            # A block that Pulumi takes alone and Google in a list.
            for inner in value if isinstance(value, list) else [value]:
                self.value(inner, node["items"], f"{path}[]")
        elif "properties" in node and isinstance(value, Mapping):
            self._object(value, node, path)
        elif "additionalProperties" in node and isinstance(value, Mapping):
            for key, inner in value.items():
                self.value(inner, node["additionalProperties"], f"{path}.{key}")
        else:
            self._leaf(value, node, path)

    def _object(self, value: Mapping[str, Any], node: Node, path: str) -> None:
        properties: Mapping[str, Node] = node["properties"]
        found = {key: name for key in value if (name := _named(key, properties))}
        for key, inner in value.items():
            self.judged.keys += 1
            inside = f"{path}.{key}".lstrip(".")
            if key not in found:
                self._say(self.judged.unknown, inside, "is not in the document")
                continue
            self._about(properties[found[key]], inside)
            self.value(inner, properties[found[key]], inside)
        for name in _required(properties, self.kind.insert):
            self.judged.required += 1
            if name not in found.values():
                self._say(self.judged.other, f"{path}.{name}".lstrip("."), "is required")

    def _about(self, node: Node, path: str) -> None:
        words = str(node.get("description", ""))
        if node.get("readOnly") or re.match(r"\[Output Only\]|Output only\.", words):
            self._say(self.judged.other, path, "is Google's own to set")
        if node.get("deprecated"):
            self._say(self.judged.other, path, "is deprecated")

    def _leaf(self, value: Any, node: Node, path: str) -> None:
        if not _fits(value, node):
            self._say(self.judged.other, path, f"is {value!r}, but the document says {node.get('type')}")
        choices = node.get("enum") or _words(node, f"{self.kind.schema}.{path}")
        if choices:
            self.judged.enums += 1
            if value not in choices:
                self._say(self.judged.bad, path, f"is {value!r}, but must be one of {', '.join(sorted(choices))}")

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            node = self.kind.document()["schemas"][node["$ref"]]
        return node

    def _say(self, where: list[str], path: str, what: str) -> None:
        where.append(f"{self.resource.type} {self.resource.name}: {path} {what}")


def _named(key: str, properties: Mapping[str, Node]) -> str | None:
    """The property that a key is: itself, or what Pulumi made singular or plural."""
    spellings = (key, key.removesuffix("s"), f"{key}s", key.replace("Ids", "IDs"))
    return next((spelling for spelling in spellings if spelling in properties), None)


def _required(properties: Mapping[str, Node], insert: str) -> Iterator[str]:
    for name, node in properties.items():
        words = str(node.get("description", ""))
        if insert in node.get("annotations", {}).get("required", ()) or words.startswith("Required."):
            yield name


def _fits(value: Any, node: Node) -> bool:
    """Whether a value is of the document's type; JSON cannot carry int64, so it is text there."""
    said, form = node.get("type"), str(node.get("format", ""))
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
    digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) is not None
    if said in ("integer", "string") and form in ("int32", "uint32", "int64", "uint64"):
        return whole or (digits and "64" in form)
    checks = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": whole,
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "any": True,
    }
    return checks.get(str(said), False)


def _words(node: Node, path: str) -> set[str]:
    """The choices of a property whose document has them only in its prose."""
    if path not in DESCRIBED:
        return set()
    return set(re.findall(DESCRIBED[path], str(node["description"])))
