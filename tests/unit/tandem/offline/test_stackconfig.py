"""The stack file as the Pulumi CLI hands it to a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tandem.engines import EngineError
from tandem.engines.offline.stackconfig import read
from tests.unit.tandem.offline.conftest import Stack


def written(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.dev.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("hello", "hello"),
        ("8080", "8080"),
        ("true", "true"),
        ("on", "on"),
        ("'1.0'", "1.0"),
        ("12:30", "12:30"),
        (
            "{port: 8000, domains: [a, b], on: true, none: null}",
            '{"port":8000,"domains":["a","b"],"on":true,"none":null}',
        ),
        ("[1, 2.5]", "[1,2.5]"),
    ],
)
def test_values_are_text_and_objects_are_json(tmp_path: Path, value: str, text: str) -> None:
    assert read(written(tmp_path, f"config:\n  t:x: {value}\n"), "p") == {"t:x": text}


def test_a_key_without_namespace_belongs_to_the_project(tmp_path: Path) -> None:
    assert read(written(tmp_path, "config: {x: y}"), "shop") == {"shop:x": "y"}


@pytest.mark.parametrize("text", ["", "encryptionsalt: v1:x\n", "config:\n"])
def test_a_file_without_config_is_an_empty_one(tmp_path: Path, text: str) -> None:
    assert read(written(tmp_path, text), "p") == {}


@pytest.mark.parametrize("text", ["config: [1]", "- a", "config: {", "just text"])
def test_a_file_that_is_no_stack_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(EngineError, match=r"Pulumi\.dev\.yaml: "):
        read(written(tmp_path, text), "p")


def test_the_program_reads_config_as_under_the_cli(stack: Stack) -> None:
    stack.configure("t:port: 8080\nt:apps: {web: {port: 8000}}")
    result = stack.up("pulumi.export('x', [config.require_int('port'), config.require_object('apps')['web']['port']])")
    assert result.outputs == {"x": [8080, 8000]}


def test_runs_in_one_process_share_nothing(stack: Stack, tmp_path: Path) -> None:
    stack.configure("t:n: 1")
    assert stack.up("pulumi.export('n', config.get('n'))").outputs == {"n": "1"}
    stack.configure("t:m: 2")
    assert stack.up("pulumi.export('n', [config.get('n'), config.get('m')])").outputs == {"n": [None, "2"]}
