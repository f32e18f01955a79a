"""`tandem bootstrap --as root`: from a bare machine to a user who deploys, and what it says when that cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.artefacts import note
from tests.machine.boot import Machine
from tests.machine.folder import Folder


@pytest.fixture
def folder(bare_machine: Machine, tmp_path: Path) -> Iterator[Folder]:
    made = Folder.make(tmp_path, bare_machine, user="deploy", min_free_gb=1)
    yield made
    made.close()


def test_from_a_bare_machine_to_a_host_and_again(folder: Folder) -> None:
    nobody = folder.run("bootstrap")
    assert nobody.code == 5
    assert "tandem bootstrap --as root" in nobody.err

    folder.write(user="deploy", min_free_gb=9999)
    full = folder.run("bootstrap", "--as", "root")
    assert full.code == 5
    assert "host.min_free_gb asks for 9999" in full.err
    assert "Nothing was changed there" in full.err
    assert folder.machine.run("id deploy; command -v docker").stdout == ""

    folder.write(user="deploy", min_free_gb=1)
    first = folder.run("bootstrap", "--as", "root")
    assert first.code == 0, first.err
    assert "logs in with the key, uses Docker, becomes root" in first.out
    assert "user deploy, group docker" in first.out

    again = folder.run("bootstrap", "--json")
    assert again.code == 0, again.err
    said = json.loads(again.out.splitlines()[-1])
    assert [step["step"] for step in said["steps"] if step["changed"]] == []
    note("tandem bootstrap, second run", said["seconds"])


def test_a_host_that_is_this_machine_needs_none(folder: Folder) -> None:
    text = folder.file.read_text()
    folder.file.write_text(text[: text.index("  tandem:host:")] + "  tandem:host:\n    kind: local\n")

    said = folder.run("bootstrap")

    assert said.code == 2
    assert "kind: local" in said.err
