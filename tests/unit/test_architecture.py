"""The house holds: imports go one way, clouds are touched in named rooms only, every test file is collected."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from config.names import ROOT

ROOMS = {
    "config": {"config"},
    "sources": {"sources", "config"},
    "components": {"components", "config", "sources"},
    "policy": {"policy", "config"},
    "tandem": {"tandem", "policy", "config", "sources"},
    "images": {"images", "config"},
    "identity": {"identity", "config"},
    "workflows": {"workflows"},
}
"""Room → the rooms it may import. `components` and `tandem` never meet."""

MAY_IMPORT_GCP = {
    "components/secrets/gcp.py",
    "components/secrets/kept.py",
    "identity/environment.py",
    "identity/github.py",
    "identity/home.py",
}
"""Files that may import pulumi_gcp; none of them its room `compute`, which alone costs a second of every run."""

MAY_IMPORT_PULUMI = {"components", "tests"}
EXCEPTIONS_PULUMI = {"__main__.py", "config/load.py", "tandem/engines"}


def _sources(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py"))


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # A relative import stays in its own package, hence in its room.
            found |= {node.module} if node.module and not node.level else set()
    return frozenset(found)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_go_one_way(room: str) -> None:
    ours = set(ROOMS)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(room)
        for name in _imports(path)
        if (top := name.split(".")[0]) in ours and top not in ROOMS[room]
    ]

    assert wrong == []


def test_only_named_files_import_the_google_provider() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in _sources(room)
        if any(name.startswith("pulumi_gcp") for name in _imports(path))
    }

    assert importers == MAY_IMPORT_GCP
    assert not [path for path in MAY_IMPORT_GCP if re.search(r"pulumi_gcp.*compute", (ROOT / path).read_text())]


def test_the_command_and_the_config_do_not_need_pulumi() -> None:
    importers = [
        str(path.relative_to(ROOT))
        for room in ("config", "policy", "sources", "tandem", "images", "workflows")
        for path in _sources(room)
        if any(name.split(".")[0].startswith("pulumi") for name in _imports(path))
    ]

    assert [name for name in importers if not name.startswith(tuple(EXCEPTIONS_PULUMI))] == []


def test_no_room_is_named_for_leftovers() -> None:
    leftovers = re.compile(r"(utils?|helpers?|managers?|common|misc)(\.py)?$")
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*") if leftovers.search(path.name)]

    assert found == []


def test_every_test_file_is_collected() -> None:
    uncollected = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"^def test_", path.read_text(), re.MULTILINE) and not path.name.startswith("test_")
    ]

    assert uncollected == []
