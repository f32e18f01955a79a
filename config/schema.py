"""JSON schemas: of a stack file, for editors, and of what a stack tells others. `python -m config.schema` writes both.

It knows every key and form. What spans sections (a domain has one app, prod wants digests) only `config.load` knows.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from config.base import Model
from config.load import FILE_KEYS
from config.names import NAMESPACE, ROOT
from config.outputs import Outputs
from config.settings import Settings

FILE = Path(__file__).with_name("schema.json")
OUTPUTS = ROOT / "docs" / "outputs.schema.json"
COMMAND = "python -m config.schema"


def stack_file() -> dict[str, Any]:
    """The schema of a whole stack file: our keys closed, other namespaces and the engine's own keys open."""
    settings = _described(Settings, Settings.model_json_schema())
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


def outputs() -> dict[str, Any]:
    """The schema of what a stack tells others, see docs/outputs.md."""
    schema: dict[str, Any] = _plain(_described(Outputs, Outputs.model_json_schema()))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tandem outputs",
        "description": f"Generated: change the models in config/outputs.py and run `{COMMAND}`.",
        **{key: value for key, value in schema.items() if key != "description"},
    }


def outputs_text() -> str:
    """The same as the file holds it."""
    return json.dumps(outputs(), indent=2) + "\n"


def _described(top: type[Model], settings: dict[str, Any]) -> dict[str, Any]:
    """With each field's docstring. Pydantic would read them too, but whenever a model is imported, by every command."""
    schemas = {**settings["$defs"], top.__name__: settings}
    for model in [model for model in _models(Model) if model.__name__ in schemas]:
        properties = schemas[model.__name__]["properties"]
        for field, description in _docstrings(model).items():
            name = model.model_fields[field].alias or field
            properties[name] = dict(sorted({"description": description, **properties[name]}.items()))
    return settings


def _models(above: type[Model]) -> Iterator[type[Model]]:
    """All of this room; a program of its own, such as identity/, has a `Settings` too."""
    for model in above.__subclasses__():
        yield from _models(model)
        if model.__module__.partition(".")[0] == __package__:
            yield model


def _docstrings(model: type[Model]) -> dict[str, str]:
    """The strings below the fields that the class, or one above it, declares."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__[: model.__mro__.index(Model)]):
        body = ast.parse(textwrap.dedent(inspect.getsource(part))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in pairwise(body.body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(value=str(said))):
                    found[name] = inspect.cleandoc(said)
    return found


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
    for file, content in ((FILE, text()), (OUTPUTS, outputs_text())):
        file.write_text(content, encoding="utf-8")
        print(f"wrote {file}")  # noqa: T201
