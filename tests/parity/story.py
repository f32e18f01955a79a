"""The scripted story both engines are held to, and the form in which their operations are compared.

Compared are the operations on resources that have a provider: operation, URN with project and hashes made neutral,
whether it failed; and that nothing is deleted before everything else is done. Components and the stack itself have no
effect and are left out; so is the order among steps that do not depend on each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.e2e.project import Project

Step = tuple[str, list[str]]

STORY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("first deploy", ("deploy", "web", "demo:1")),
    ("deploy", ("deploy", "web", "demo:2")),
    ("no-op up", ("up",)),
    ("edit of the memory", ("up",)),
    ("bad image", ("deploy", "web", "demo:crash")),
    ("up after the bad image", ("up",)),
    ("rollback", ("rollback", "web")),
    ("cancel", ("cancel", "web")),
    ("prepare", ("prepare", "web", "demo:3")),
    ("canary", ("canary", "web", "10")),
    ("canary grows", ("canary", "web", "50")),
    ("switch", ("switch", "web")),
    ("deploy on the live colour", ("deploy", "web", "demo:1", "--colour", "green")),
    ("finalize", ("finalize", "web")),
    ("destroy", ("destroy", "--yes")),
)


def tell(project: Project) -> dict[str, list[str]]:
    """Runs the story; step → its operations in the neutral form."""
    neutral = Neutral(project.name)
    told: dict[str, list[str]] = {}
    for step, command in STORY:
        if step == "edit of the memory":
            project.file.write_text(project.file.read_text().replace('"memory": 96', '"memory": 112'))
        told[step] = list(neutral.operations(project.run(*command, "--json").out))
    return told


class Neutral:
    """Names hashes by their order of appearance, so that two runs with other images read the same."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.hashes: dict[str, str] = {}

    def operations(self, out: str) -> Iterator[str]:
        """`told` of what one run printed with `--json`."""
        return self.told(json.loads(line) for line in out.splitlines() if line.startswith("{"))

    def told(self, events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        """Sorted operations of one run, `!` before a failed one; then `deletes last` when that held."""
        ended = [event for event in events if event.get("event") in ("done", "failed") and _has_provider(event)]
        yield from sorted(self._line(event) for event in ended)
        kinds = [event["operation"] == "delete" for event in ended if event["operation"] != "same"]
        yield "deletes last" if kinds == sorted(kinds) else "deletes among the rest"

    def _line(self, event: Mapping[str, Any]) -> str:
        urn = event["urn"].replace(f"::{self.project}::", "::PROJECT::")
        return ("!" if event["event"] == "failed" else "") + f"{event['operation']} {self._neutral(urn)}"

    def _neutral(self, urn: str) -> str:
        return re.sub(r"(?<=-)(blue|green)-([0-9a-f]{8})\b", self._numbered, urn)

    def _numbered(self, found: re.Match[str]) -> str:
        colour, digest = found.groups()
        return f"{colour}-{self.hashes.setdefault(digest, f'hash{len(self.hashes) + 1}')}"


def _has_provider(event: Mapping[str, Any]) -> bool:
    return not event["type"].startswith(("tandem:", "pulumi:pulumi:"))
