"""The program `identity`, run on mocked resources with its example's stack file."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from config import names
from tests import engine

HERE = names.ROOT / "identity"
EXAMPLE = HERE / "Pulumi.example.yaml"


def example() -> dict[str, Any]:
    """The example's own keys."""
    said = YAML(typ="safe", pure=True).load(EXAMPLE.read_text(encoding="utf-8"))["config"]
    return {key.removeprefix("identity:"): value for key, value in said.items() if key.startswith("identity:")}


def run(**changed: Any) -> engine.Program:
    """The example, with some of its keys changed."""
    said = {**example(), **changed}
    return engine.run(said, project="tandem-identity", stack="main", main=HERE / "__main__.py", namespace="identity")
