"""A project folder whose stack lives on a machine for tests, with a copy of the key that opens it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config import names
from tests.e2e.project import TANDEM, Ran
from tests.machine.boot import Machine

STACK = "local"


@dataclass(frozen=True)
class Folder:
    """`tandem` runs on it as a person would run it."""

    path: Path
    machine: Machine
    name: str = field(default_factory=lambda: f"far{uuid.uuid4().hex[:6]}")

    @classmethod
    def make(cls, path: Path, machine: Machine, **changes: Any) -> Folder:
        """A folder with a copy of the machine's key; `changes` of the host's section, None takes a line out."""
        made = cls(path, machine)
        shutil.copy2(machine.key, made.key)
        (path / "Pulumi.yaml").write_text(f"name: {made.name}\nruntime: python\n", encoding="utf-8")
        made.write(**changes)
        return made

    @property
    def file(self) -> Path:
        """The stack file."""
        return self.path / f"Pulumi.{STACK}.yaml"

    @property
    def key(self) -> Path:
        """The deploy key of this folder alone."""
        return self.path / "key"

    def write(self, **changes: Any) -> None:
        """The stack file anew, with these changes of the host's section."""
        said: dict[str, Any] = {
            "kind": "ssh",
            "address": self.machine.address,
            "port": self.machine.port,
            "user": self.machine.user,
            "key": str(self.key),
            "host_key": self.machine.host_key,
        }
        section = {key: value for key, value in (said | changes).items() if value is not None}
        with self.file.open("w", encoding="utf-8") as file:
            YAML().dump({"config": {"tandem:profile": "local", "tandem:host": section}}, file)

    def host(self) -> Mapping[str, Any]:
        """What the stack file says of the host by now."""
        said: Mapping[str, Any] = YAML(typ="safe").load(self.file.read_text(encoding="utf-8"))["config"]["tandem:host"]
        return said

    def run(self, *words: str) -> Ran:
        """`tandem …`, whatever its exit code."""
        return ran([str(TANDEM), "-C", str(self.path), *words])

    def run_python(self, script: str, *words: str) -> Ran:
        """A Python script of this checkout."""
        return ran([sys.executable, "-c", script, *words])

    def authorized(self) -> list[str]:
        """Who may log in, as `TYPE BASE64`."""
        lines = self.machine.sh("cat /home/deploy/.ssh/authorized_keys").splitlines()
        return [" ".join(line.split()[:2]) for line in lines if line.strip()]

    def gets_in(self, key: Path) -> bool:
        """Whether this key and no other opens the machine, by a second opinion."""
        argv = [word if word != str(self.machine.key) else str(key) for word in self.machine.ssh("true")]
        alone = ["-o", "IdentityAgent=none", *argv[1:]]
        return subprocess.run(["ssh", *alone], capture_output=True, timeout=60, check=False).returncode == 0

    def close(self) -> None:
        """What belongs to the stack on this side goes."""
        shutil.rmtree(names.stack_directory(self.name, STACK), ignore_errors=True)


def ran(argv: list[str]) -> Ran:
    """A process to its end, without a terminal."""
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(names.ROOT)},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
