"""From pydantic's errors to lines for people: where in the file, what is wrong, what would be right.

The JSON schema of `Settings` is the map: it knows the keys of every place and an example of every value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config import compose
from config.apps import App
from config.expects_rules import expects_mistakes
from config.forms import SOURCE, Mistake
from config.nearest import did_you_mean
from config.settings import Settings, spanning_mistakes
from config.slots import Rollout
from config.storage import Storage
from config.storage_rules import storage_mistakes

Node = Mapping[str, Any]
Location = tuple[int | str, ...]


def explain(error: ValidationError, raw: Mapping[str, Any]) -> list[Mistake]:
    """All mistakes of a stack file: pydantic's, and those between the sections that are sound by themselves."""
    schema = _schema()
    details = error.errors(include_url=False)
    found = [mistake for detail in details for mistake in _told(detail, schema)]
    if all(detail["loc"] for detail in details):
        found += _between_sound_parts(raw, [detail["loc"] for detail in details])
    return list(dict.fromkeys(found))


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The reason for a key that is not one of `known`."""
    known = list(known)
    hint = did_you_mean(key, known) or f"known keys: {', '.join(sorted(known))}"
    return f"is not a known key here, {hint}"


def flow(value: Any) -> str:
    """A value as YAML on one line, as one may type it into the file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    plain = not isinstance(value, str) or re.fullmatch(r"[A-Za-z/][\w ./-]*", value)
    return str(value) if plain else f"'{value}'"


@cache
def _schema() -> Node:
    return Settings.model_json_schema()


def _told(detail: ErrorDetails, schema: Node) -> Iterator[Mistake]:
    path, node = _find(schema, detail["loc"])
    if detail["type"] == "mistakes":
        for mistake in detail["ctx"]["mistakes"]:
            yield Mistake(".".join(filter(None, (path, mistake.path))), mistake.reason)
    elif detail["type"].startswith("union_tag"):
        yield Mistake(f"{path}.kind", _choice(_kinds(node), detail))
    elif detail["type"] in ("extra_forbidden", "invalid_key"):
        yield Mistake(path, _unknown(detail["loc"], schema))
    else:
        yield Mistake(path, _reason(detail, node, schema))


def _unknown(location: Location, schema: Node) -> str:
    key = str(location[-1])
    if location[0] == "apps" and len(location) == 3 and key in compose.WORDS:
        return f"is a word of compose files: {compose.WORDS[key]}"
    return unknown_key(key, _find(schema, location[:-1])[1].get("properties", ()))


def _reason(detail: ErrorDetails, node: Node, schema: Node) -> str:
    value = detail["input"]
    if isinstance(value, Mapping) and "secure" in value:
        return "holds an encrypted value: name it under secrets instead, for example secrets: [DATABASE_URL]"
    if detail["type"] == "missing":
        source = f": {node[SOURCE]}" if SOURCE in node else ""
        return f"is required{source}, for example {flow(_example(node, schema))}"
    if detail["type"] == "form":
        return detail["msg"]
    if value is None:
        return f"is empty: fill it or remove the key, for example {flow(_example(node, schema))}"
    if detail["type"] == "literal_error":
        return _choice(_choices(node), detail)
    must = _PLAIN_WORDS.get(detail["type"], detail["msg"])
    return f"{must}, for example {flow(_example(node, schema))}"


_PLAIN_WORDS = {
    "bool_type": "must be true or false",
    "dict_type": "must be keys with values",
    "model_type": "must be keys with values",
    "model_attributes_type": "must be keys with values",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
}


def _choice(choices: list[str], detail: ErrorDetails) -> str:
    if detail["type"] == "union_tag_not_found":
        return f"is required: one of {', '.join(choices)}, for example {choices[0]}"
    given = str(detail["ctx"].get("tag", detail["input"]))
    close = difflib.get_close_matches(given, choices, n=1)
    return f"must be one of {', '.join(choices)}, for example {(close or choices)[0]}"


def _choices(node: Node) -> list[str]:
    return [str(choice) for choice in node.get("enum", [node.get("const")])]


def _kinds(node: Node) -> list[str]:
    kinds = {reference: kind for kind, reference in node["discriminator"]["mapping"].items()}
    return [kinds[choice["$ref"]] for choice in node["oneOf"]]


def _find(schema: Node, location: Location) -> tuple[str, Node]:
    """The dotted path of a place and its part of the schema; a union's tag is in the location but not in the file."""
    path, node = "", _resolved(schema, schema)
    for step in location:
        if "discriminator" in node:
            node = _resolved(schema, {"$ref": node["discriminator"]["mapping"][step]})
        elif isinstance(step, int) and "items" in node:
            path, node = f"{path}[{step}]", _resolved(schema, node["items"])
        elif step != "[key]":
            path, node = f"{path}.{step}".lstrip("."), _resolved(schema, _member(node, str(step)))
    return path, node


def _member(node: Node, key: str) -> Node:
    if key in node.get("properties", {}):
        return dict(node["properties"][key])
    patterns = list(node.get("patternProperties", {}).values())
    return dict(patterns[0]) if patterns else {}


def _resolved(schema: Node, node: Node) -> Node:
    if "$ref" in node:
        target = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return _resolved(schema, {**target, **{key: value for key, value in node.items() if key != "$ref"}})
    filled = [choice for choice in node.get("anyOf", ()) if choice.get("type") != "null"]
    return _resolved(schema, {**filled[0], **{k: v for k, v in node.items() if k != "anyOf"}}) if filled else node


def _example(node: Node, schema: Node) -> Any:
    """A value that is right at a place: what a named type shows, or the least that a section needs."""
    node = _resolved(schema, node)
    if "examples" in node:
        return node["examples"][0]
    if "enum" in node or "const" in node:
        return _choices(node)[0]
    if "items" in node:
        return [_example(node["items"], schema)]
    if "patternProperties" in node:
        return {node["propertyNames"]["examples"][0]: _example(_member(node, ""), schema)}
    if node.get("type") == "boolean":
        return True
    properties = node.get("properties", {})
    return {key: _example(properties[key], schema) for key in node.get("required", list(properties)[:1])}


def _between_sound_parts(raw: Mapping[str, Any], broken: list[Location]) -> Iterator[Mistake]:
    apps, rollouts = raw.get("apps", {}), raw.get("rollouts", {})
    bad = {location[:depth] for location in broken for depth in (1, 2)}
    sound_apps = {name: App.model_validate(app) for name, app in _sound("apps", apps, bad)}
    yield from spanning_mistakes(
        raw.get("profile") if ("profile",) not in bad else None,
        sound_apps,
        {name: Rollout.model_validate(rollout) for name, rollout in _sound("rollouts", rollouts, bad)},
        known=map(str, apps) if isinstance(apps, Mapping) else (),
    )
    storage, kinds = raw.get("storage", {}), TypeAdapter[Storage](Storage)
    sections = {name: kinds.validate_python(section) for name, section in _sound("storage", storage, bad)}
    yield from storage_mistakes(
        raw["host"]["kind"] if "host" in raw and ("host",) not in bad else None,
        sections,
        sound_apps,
        known=list(map(str, storage)) if isinstance(storage, Mapping) else [],
    )
    yield from expects_mistakes(sections, sound_apps)


def _sound(section: str, entries: Any, bad: set[Location]) -> Iterator[tuple[str, Any]]:
    if isinstance(entries, Mapping):
        yield from ((name, entry) for name, entry in entries.items() if (section, name) not in bad)
