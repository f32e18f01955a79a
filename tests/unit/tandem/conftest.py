from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.testing

from config import names
from tandem.stack.options import Options
from tests.unit.tandem.fakes import Bench, write_project


@pytest.fixture(autouse=True, scope="session")
def one_command_line() -> Iterator[None]:
    """Made once, as by a process of its own: the runner would make all commands anew for every line a test types."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.main.get_command))
        yield


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stack file; what belongs to the stack goes below it too, not into this checkout."""
    monkeypatch.setattr(names, "ROOT", tmp_path)
    return write_project(tmp_path)


@pytest.fixture
def open_bench(project: Path) -> Callable[..., Bench]:
    """Opens a command on the project: options as keywords, `extra` lines appended to the stack file."""

    def make(extra: str = "", json_lines: bool = False, **options: Any) -> Bench:
        if extra:
            write_project(project, extra)
        return Bench(Options(directory=project, **options), json_lines=json_lines)

    return make


@pytest.fixture
def bench(open_bench: Callable[..., Bench]) -> Bench:
    return open_bench()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    from tandem.moves import drains, verdict

    monkeypatch.setattr(verdict, "PAUSE", 0.0)
    monkeypatch.setattr(drains, "PAUSE", 0.0)
    monkeypatch.setattr(drains, "PATIENCE", 0.0)
