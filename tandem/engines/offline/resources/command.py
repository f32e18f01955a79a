"""command.local.Command: a shell command when the resource is made, changed or removed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.kind import Made, StepError, World
from tandem.engines.offline.schema import Schema, replacing, updating

_PREVIOUS = {"PULUMI_COMMAND_STDOUT": "stdout", "PULUMI_COMMAND_STDERR": "stderr"}


class LocalCommand:
    """Runs `create`; when an input changes `update`, or `create` again; at the end `delete` with the recorded input."""

    schema = Schema(
        type="command:local:Command",
        properties=updating(
            "create", "update", "delete", "stdin", "environment", "dir", "interpreter", "logging",
            "addPreviousOutputInEnv",
        )
        | replacing("triggers"),
        computed=("stdout", "stderr"),
    )  # fmt: skip

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:  # noqa: ARG002
        """Runs `create`, if there is one. A failure leaves no record: the next update tries again."""
        return Made(physical, *_ran(inputs.get("create"), inputs, {}))

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """Runs `update`, else `create`; also when only `delete` changed, as the real provider does."""
        return Made(made.id, *_ran(inputs.get("update") or inputs.get("create"), inputs, made.computed))

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Runs `delete`. A failure keeps the resource, and with it everything it depends on."""
        _ran(inputs.get("delete"), inputs, made.computed)

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """Nobody knows how far it came; commands are idempotent by contract, so it is run again."""
        return None

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Nobody knows how far it came; it is run again."""
        return False


class RemoteCommand(LocalCommand):
    """command.remote.Command: known, so that previews work; running one comes with the `ssh` host."""

    schema = Schema(
        type="command:remote:Command",
        properties=updating(
            "create", "update", "delete", "stdin", "environment", "connection", "logging", "addPreviousOutputInEnv"
        )
        | replacing("triggers"),
        required=("connection",),
        computed=("stdout", "stderr"),
    )

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:  # noqa: ARG002
        """Not yet."""
        raise StepError("the offline engine does not run remote commands yet; use the engine pulumi for this stack")

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:  # noqa: ARG002
        """Not yet."""
        return self.create(world, made.id, inputs)

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:
        """Not yet."""
        self.create(world, made.id, inputs)


def _ran(command: str | None, inputs: Mapping[str, Any], previous: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Runs one command; its outputs, and what it wrote on stdout."""
    if not command:
        return {"stdout": "", "stderr": ""}, ""
    try:
        # A session of its own: Ctrl-C ends the run, not a step half-way through moving traffic.
        done = subprocess.run(
            [*inputs.get("interpreter", ["/bin/sh", "-c"]), command],
            input=inputs.get("stdin", "").encode(),
            capture_output=True,
            cwd=inputs.get("dir"),
            env=_environment(inputs, previous),
            start_new_session=True,
            check=False,
        )
    except OSError as error:
        raise StepError(f"cannot start the shell: {error}") from error
    stdout, stderr = (stream.decode(errors="replace").removesuffix("\n") for stream in (done.stdout, done.stderr))
    if done.returncode != 0:
        raise StepError(_failure(done.returncode, stdout, stderr))
    return {"stdout": stdout, "stderr": stderr}, stdout


def _environment(inputs: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, str]:
    told = {key: previous[name] for key, name in _PREVIOUS.items() if name in previous}
    if not inputs.get("addPreviousOutputInEnv", True):
        told = {}
    return {**os.environ, **told, **inputs.get("environment", {})}


def _failure(code: int, stdout: str, stderr: str) -> str:
    # Never the command itself: it says nothing to a person, and may carry what must not be shown.
    how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
    told = stderr.strip() or stdout.strip()
    return told if told and code > 0 else f"{told}\n{how}".strip()
