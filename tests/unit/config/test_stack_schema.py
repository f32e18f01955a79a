"""What editors know about a stack file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from config import schema
from config.load import parse, read_file
from config.names import ROOT

STACKS = sorted(ROOT.glob("Pulumi.*.yaml"))


@cache
def _schema() -> dict[str, Any]:
    return schema.stack_file()


def complaints(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(_schema()).iter_errors(document)]


def document(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_the_committed_schema_is_up_to_date() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), f"stale: run `{schema.COMMAND}`"
    assert schema.OUTPUTS.read_text(encoding="utf-8") == schema.outputs_text(), f"stale: run `{schema.COMMAND}`"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(_schema())


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
class TestEveryStackFile:
    def test_has_a_modeline_that_finds_the_schema(self, path: Path) -> None:
        first = path.read_text(encoding="utf-8").splitlines()[0]

        assert first == "# yaml-language-server: $schema=./config/schema.json"

    def test_fits_the_schema(self, path: Path) -> None:
        assert complaints(document(path)) == []

    def test_is_accepted(self, path: Path) -> None:
        assert parse(read_file(path), path.name).apps


def test_there_are_stacks_for_this_machine_and_for_production() -> None:
    assert {"Pulumi.local.yaml", "Pulumi.prod.yaml"} <= {path.name for path in STACKS}


def test_other_namespaces_and_the_engines_own_keys_are_allowed() -> None:
    stack = document(ROOT / "Pulumi.local.yaml")
    stack["config"]["secrets:DATABASE_URL"] = {"secure": "AAAB"}

    assert complaints({**stack, "encryptionsalt": "v1:x", "secretsprovider": "passphrase"}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"tandem:gatway": {"port": 80}},
        {"profile": "local"},
        {"tandem:profile": "production"},
        {"tandem:apps": {"Web": {"health": {"kind": "log", "pattern": "up"}}}},
        {"tandem:apps": {"web": {"health": {"kind": "http"}}}},
        {"tandem:apps": {"web": {"health": {"kind": "log", "pattern": "up"}, "cpus": 1}}},
    ],
    ids=str,
)
def test_an_editor_marks_what_the_program_would_refuse(change: dict[str, Any]) -> None:
    stack = document(ROOT / "Pulumi.local.yaml")

    assert complaints({"config": {**stack["config"], **change}}) != []
