"""The real CLI with the real Google plugin, led to a fake: what it needs, and how it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tandem.engines.choose import missing_parts


def missing() -> str:
    """What a run on the real engine lacks here; empty where nothing is."""
    return "; ".join(missing_parts("gce"))


@dataclass(frozen=True)
class Ran:
    """How a run of the CLI ended."""

    code: int
    text: str
    seconds: float

    @property
    def changes(self) -> dict[str, int]:
        """What the summary counts, without what stayed: `{"create": 13}`."""
        wanted = ("created", "updated", "replaced", "deleted")
        lines = [line.strip() for line in self.text.splitlines()]
        return {
            word: int(line.split()[1])
            for line in lines
            for word in wanted
            if line.endswith(f" {word}") and line[0] in "+~-"
        }


@dataclass(frozen=True)
class Cli:
    """`pulumi` on one stack of one project folder, with a state of its own in `state`."""

    project: Path
    stack: str
    state: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Ran:
        """`pulumi …`, whatever its exit code; standard output and errors as they came."""
        began = time.monotonic()
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack, "-C", str(self.project), "--non-interactive"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, env=self.environment, check=False,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout + done.stderr, time.monotonic() - began)

    def ok(self, *arguments: str) -> Ran:
        """`pulumi …` that must end well."""
        ran = self.run(*arguments)
        assert ran.code == 0, f"pulumi {' '.join(arguments)} ended with {ran.code}:\n{ran.text}"
        return ran

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        parsed: dict[str, Any] = json.loads(self.ok("stack", "output", "--json").text)
        return parsed

    @property
    def environment(self) -> dict[str, str]:
        """A state of its own and nobody's login."""
        return {**os.environ, **engine_variables(self.state), **self.variables}


def engine_variables(state: Path) -> dict[str, str]:
    """What keeps a run apart from whoever works here."""
    state.mkdir(parents=True, exist_ok=True)
    return {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "GOOGLE_APPLICATION_CREDENTIALS": "",
    }


def project_file(name: str, main: Path, where: Path) -> None:
    """A `Pulumi.yaml` that runs a program of this checkout."""
    where.joinpath("Pulumi.yaml").write_text(
        f"name: {name}\nmain: {os.path.relpath(main, where)}\nruntime:\n  name: python\n  options:\n"
        f"    toolchain: pip\n    virtualenv: {Path(sys.prefix)}\n"
    )


def stack_file(said: Mapping[str, Any], path: Path) -> None:
    """A stack file with these keys, JSON's own flow style for what is in them."""
    lines = ["config:", *(f"  {key}: {json.dumps(value)}" for key, value in said.items())]
    path.write_text("\n".join(lines) + "\n")
