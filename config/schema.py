"""The JSON schema of a stack file, for editors: `python -m config.schema` writes it beside this file.

It knows every key and form. What spans sections (a domain has one app, prod wants digests) only `config.load` knows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from config.load import FILE_KEYS
from config.names import NAMESPACE
from config.settings import Settings

FILE = Path(__file__).with_name("schema.json")
COMMAND = "python -m config.schema"


def stack_file() -> dict[str, Any]:
    """The schema of a whole stack file: our keys closed, other namespaces and the engine's own keys open."""
    settings = Settings.model_json_schema()
    ours = {f"{NAMESPACE}:{key}": schema for key, schema in settings["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tandem stack file",
        "description": f"Generated: change the models in config/ and run `{COMMAND}`.",
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {**dict.fromkeys(FILE_KEYS, True), "config": _config(ours, settings["required"])},
        "$defs": _plain(settings["$defs"]),
    }


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(stack_file(), indent=2) + "\n"


def _config(ours: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [f"{NAMESPACE}:{key}" for key in required],
        "properties": _plain(ours),
        "patternProperties": {"^[^:]+:.+$": True},
        "additionalProperties": False,
        "propertyNames": {"anyOf": [{"enum": list(ours)}, {"not": {"pattern": f"^{NAMESPACE}:"}}]},
    }


def _plain(node: Any) -> Any:
    """Without pydantic's titles, and with maps closed to keys of another form."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return plain | {"additionalProperties": False} if "patternProperties" in plain else plain


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"wrote {FILE}")  # noqa: T201
