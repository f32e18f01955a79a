"""docs/from-compose.md: the stack file it shows is valid, and its compose file is refused word by word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from config import compose
from config.load import StackFileError, parse
from config.names import ROOT
from config.settings import Settings

PAGE: Path = ROOT / "docs" / "from-compose.md"


def blocks() -> tuple[dict[str, Any], dict[str, Any]]:
    """The compose file and the stack file."""
    found = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    service, stack = (YAML(typ="safe").load(text) for text in found)
    keys = {key.removeprefix("tandem:"): value for key, value in stack["config"].items()}
    return service["services"]["web"], keys


def test_the_stack_file_is_valid() -> None:
    parse(blocks()[1], "Pulumi.shop.yaml")


def test_each_word_of_the_compose_file_is_told_what_it_is_here() -> None:
    service, stack = blocks()
    with pytest.raises(StackFileError) as refusal:
        parse({**stack, "apps": {"web": {**service, "health": {"kind": "http", "path": "/"}}}}, "Pulumi.shop.yaml")
    said = str(refusal.value)
    for word in service:
        if word in compose.WORDS:
            assert f"apps.web.{word}: is a word of compose files: " in said
        else:
            assert f"apps.web.{word}: must be " in said


def test_no_word_of_compose_that_is_told_is_a_key_of_ours() -> None:
    keys = Settings.model_json_schema()["$defs"]["App"]["properties"]
    assert set(compose.WORDS).isdisjoint(keys)
