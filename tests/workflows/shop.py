"""This repository as a shop would have it: a stack on this machine's Docker, an app to build, an origin."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandem.stack.stackfile import rollouts
from tests.e2e.project import APP, free_port, remove
from tests.workflows.github import context
from tests.workflows.repository import clone, git, origin
from tests.workflows.runner import Ran, Runner
from tests.workflows.stand_ins import STAND_INS

DOCKERFILE = "FROM demo:1\nENV VERSION=from-the-workflow\n"
SIGNED_IN = {"GOOGLE_PROVIDER": "projects/1/providers/actions", "GOOGLE_ACCOUNT": "tandem-ci@acme.example"}


@dataclass
class Shop:
    """`bare`: the origin; `stacks`: name → port of its gateway; `variables` and `secrets` of the whole repository;
    `only`: of a matrix."""

    folder: Path
    bare: Path
    name: str
    stacks: Mapping[str, int]
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    github: dict[str, Any] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)

    def run(self, workflow: str, event: str = "workflow_dispatch", **inputs: Any) -> dict[str, Ran]:
        """A workflow as it stands at the head of `main`, every step of it."""
        place = self.folder / uuid.uuid4().hex[:6]
        place.mkdir()
        known = {**SIGNED_IN, "PULUMI_BACKEND_URL": "file:///nowhere"}
        environments = {name: known for stack in self.stacks for name in (stack, f"{stack}-plan")}
        runner = Runner(
            clone(self.bare, place / "read"),
            place / "runners",
            {**context(self.bare, event), "run_id": int(uuid.uuid4().hex[:6], 16), **self.github},
            STAND_INS,
            variables={"": self.variables, **environments},
            secrets={"": self.secrets},
            env={"TANDEM_USE_ENGINE": "offline"},
            only=self.only,
        )
        return runner.run(workflow, inputs)

    def rollouts(self, stack: str) -> dict[str, Any]:
        """What `main` says of a stack now."""
        return dict(rollouts(git(self.bare, "show", f"main:Pulumi.{stack}.yaml")))

    def subjects(self) -> list[str]:
        """The commits of `main`, the newest first."""
        return git(self.bare, "log", "--format=%s", "main").splitlines()


@contextmanager
def shop(folder: Path, *stacks: str, files: Mapping[str, str] | None = None) -> Iterator[Shop]:
    """Stands while the block does; what it left on Docker is removed by label."""
    name = f"e2e{uuid.uuid4().hex[:6]}"
    ports = {stack: free_port() for stack in stacks}
    written = {f"Pulumi.{stack}.yaml": stack_file(port) for stack, port in ports.items()}
    project = f"name: {name}\nruntime:\n  name: python\n  options: {{toolchain: pip, virtualenv: {Path(sys.prefix)}}}\n"
    files = {"Pulumi.yaml": project, "app/Dockerfile": DOCKERFILE, **written, **(files or {})}
    try:
        yield Shop(folder, origin(folder, files), name, ports)
    finally:
        remove(name, *stacks)


def stack_file(port: int) -> str:
    """One app on this machine."""
    app = json.dumps({**APP, "domains": ["web.localhost"]})
    return (
        "config:\n  tandem:profile: local\n  tandem:host: {kind: local}\n"
        f"  tandem:gateway: {{port: {port}, bind: 127.0.0.1}}\n  tandem:apps:\n    web: {app}\n"
    )
