"""What a mocked run of the program registers, as the policy looks at it; and the findings of a stack file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import policy
from config import load, names
from policy import Context, Finding, Options, Planned
from tandem.engines.mocks import google as google_made
from tests import engine, stacks

ANSWERS = {google_made.GUEST_ATTRIBUTES: google_made.host_keys(stacks.HOST_KEY)}
STACKS = ("dev", "local", "prod", "staging")
"""The stack files of the repository."""


def stack_file(name: str) -> dict[str, Any]:
    """The `tandem:` values of `Pulumi.<name>.yaml`."""
    return dict(load.read_file(names.ROOT / f"Pulumi.{name}.yaml"))


GROUND = names.ROOT / "tests" / "google" / "ground" / "__main__.py"
"""A program that makes what is in Google Cloud and nothing else."""
WHOLE = names.ROOT / "__main__.py"


def planned(
    config: Mapping[str, Any], stack: str = "test", *, main: Path = WHOLE, kept: Mapping[str, str] = {}
) -> list[Planned]:
    """The resources of a stack. `kept`: its encrypted values."""
    program = engine.run(config, stack=stack, answers=ANSWERS, main=main, kept=kept)
    return [
        Planned(
            found.type,
            found.name,
            found.inputs,
            Options(found.protect, found.delete_before_replace, found.ignore_changes, found.provider),
        )
        for found in program.resources
        if not found.type.startswith("tandem:")
    ]


@cache
def of_file(name: str) -> tuple[Planned, ...]:
    """The resources of a stack file; that of `local` under another name, as this checkout may run the stack itself."""
    return tuple(planned(stack_file(name), "test" if name == "local" else name))


def findings(name: str) -> list[Finding]:
    """What the policy says of a stack file."""
    settings = load.parse(stack_file(name), f"Pulumi.{name}.yaml")
    return policy.check(of_file(name), Context.of(settings), settings.accept_risk)
