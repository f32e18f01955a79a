"""Google's discovery documents: what each API takes, as Google says it, out of google-api-python-client."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]


@functools.cache
def document(name: str, version: str) -> Mapping[str, Any]:
    """One API's document, for example `document("compute", "beta")`. Raises FileNotFoundError for an unknown one."""
    folder = importlib.resources.files("googleapiclient.discovery_cache.documents")
    parsed: Json = json.loads((folder / f"{name}.{version}.json").read_text(encoding="utf-8"))
    return parsed


def methods(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every method of a document, or of one resource of it, in the document's order."""
    yield from part.get("methods", {}).values()
    for inner in part.get("resources", {}).values():
        yield from methods(inner)
