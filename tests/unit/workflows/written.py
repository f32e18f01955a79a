"""The workflows as they are written, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config.names import ROOT

FOLDER = ROOT / ".github"


@dataclass(frozen=True)
class Job:
    """One job of a workflow."""

    workflow: str
    name: str
    said: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.workflow}:{self.name}"


@cache
def workflows() -> dict[str, dict[str, Any]]:
    """Name of the file without its suffix → what it says."""
    return {file.stem: read(file) for file in sorted((FOLDER / "workflows").glob("*.yml"))}


def read(file: Path) -> dict[str, Any]:
    """A file of YAML 1.2, in which `on` is a word."""
    said: dict[str, Any] = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return said


@cache
def jobs() -> tuple[Job, ...]:
    """All jobs of all workflows."""
    found = workflows().items()
    return tuple(Job(workflow, name, job) for workflow, said in found for name, job in said["jobs"].items())


def steps(said: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a job; none where it calls another workflow."""
    found: list[dict[str, Any]] = said.get("steps", [])
    return found
