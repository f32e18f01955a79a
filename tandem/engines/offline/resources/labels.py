"""Docker labels as the provider writes them: a list of `{label, value}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def labels(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The labels of an object's inputs, by name."""
    return {item["label"]: item["value"] for item in inputs.get("labels", [])}


def carries(found: Mapping[str, str] | None, inputs: Mapping[str, Any]) -> bool:
    """Whether an object that was found has every label of these inputs, and these inputs have any at all.

    It tells our own object from somebody else's of the same name.
    """
    wanted = labels(inputs)
    return bool(wanted) and all((found or {}).get(label) == value for label, value in wanted.items())
