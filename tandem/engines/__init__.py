"""What the command asks of an engine: run one stack's program, tell what happens, say what came out.

Two kinds fulfil it: `pulumi` (the CLI) and `offline` (this package alone). The command knows only what is here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from tandem.locks.holder import Holder

Operation = Literal["create", "update", "replace", "delete", "same"]


@dataclass(frozen=True)
class StackRef:
    """One stack of one project.

    `directory` holds `Pulumi.yaml`; `program` is the folder with `__main__.py` (Pulumi.yaml's `main`, resolved).
    """

    directory: Path
    project: str
    stack: str
    program: Path

    @property
    def file(self) -> Path:
        """The stack file, `Pulumi.<stack>.yaml`."""
        return self.directory / f"Pulumi.{self.stack}.yaml"


@dataclass(frozen=True)
class StepStarted:
    """An operation begins. `type` is the Pulumi type token, `name` the logical name."""

    operation: Operation
    type: str
    name: str
    urn: str


@dataclass(frozen=True)
class StepDone:
    """An operation ended well after `seconds`; `detail` is what a command wrote on stdout, else empty."""

    operation: Operation
    type: str
    name: str
    urn: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class StepFailed:
    """An operation failed; `message` is for people: no traceback, no command text."""

    operation: Operation
    type: str
    name: str
    urn: str
    seconds: float
    message: str
    protects: tuple[str, ...] = ()
    """URNs of what it was refused for, where that is protected: its own, or others that would go along with it."""


@dataclass(frozen=True)
class Notice:
    """A line of the program or a command that a person may want to see (warning, log line of a job)."""

    severity: Literal["info", "warning", "error"]
    message: str


Event = StepStarted | StepDone | StepFailed | Notice
OnEvent = Callable[[Event], None]


Difference = Literal["update", "replace"]


@dataclass(frozen=True)
class Step:
    """One resource of a plan.

    `inputs`: as wanted, or as they were where it is deleted; camelCase, secrets masked or marked. `diff`: property path
    → what its difference asks of the resource. Options that the engine does not tell are None.
    """

    operation: Operation
    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    diff: Mapping[str, Difference] = field(default_factory=dict)
    protect: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] | None = None
    provider: str | None = None
    along: str = ""
    """Name of the resource whose replacement takes this one along; empty where its own properties ask for it."""


@dataclass(frozen=True)
class Result:
    """How a run ended: operations counted, stack outputs (secrets masked), wall seconds.

    `plan`: what each resource was to undergo. The offline engine tells it of a preview only.
    """

    counts: Mapping[Operation, int]
    outputs: Mapping[str, Any]
    seconds: float
    steps: tuple[StepDone, ...] = field(default=())
    plan: tuple[Step, ...] = field(default=())

    @property
    def changed(self) -> bool:
        """Whether anything but `same` was done (or, for a preview, would be)."""
        return any(count for operation, count in self.counts.items() if operation != "same")


class EngineError(Exception):
    """A run that did not succeed. `str` is for people; `failures` names each failed step."""

    def __init__(self, message: str, failures: tuple[StepFailed, ...] = (), result: Result | None = None) -> None:
        super().__init__(message)
        self.failures = failures
        self.result = result


class Engine(Protocol):
    """An engine bound to one stack."""

    name: Literal["pulumi", "offline"]
    fresh: bool
    """Whether runs look at what is really there first (the CLI's `--refresh`), instead of believing the state."""
    anew: Collection[str]
    """Names of resources that are made again in any case."""

    def preview(self, on_event: OnEvent) -> Result:
        """Say what `up` would do; contact nothing. Raises EngineError."""
        ...

    def up(self, on_event: OnEvent) -> Result:
        """Make it so. Raises EngineError after a failed step (nothing is deleted then)."""
        ...

    def destroy(self, on_event: OnEvent) -> Result:
        """Remove everything the stack made, guards first. Data volumes stay. Raises EngineError."""
        ...

    def outputs(self) -> Mapping[str, Any]:
        """Outputs of the last good run; empty before the first."""
        ...

    def holders(self) -> Sequence[Holder]:
        """Who holds the engine's own lock on the stack. One who is dead on this machine is cleared, not named.

        Empty too where the state is kept elsewhere and only the CLI can tell.
        """
        ...

    def unlock(self) -> None:
        """Takes that lock away from whoever holds it, on whatever machine."""
        ...
