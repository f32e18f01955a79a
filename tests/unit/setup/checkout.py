"""A checkout with nothing but the set-up, on a machine whose commands a test chooses."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from config.names import ROOT

TOOLS = (
    *("awk", "cat", "cmp", "cut", "date", "df", "dirname", "env", "flock", "grep", "head", "id", "mkdir", "mv", "rm"),
    *("sed", "setsid", "sh", "sha256sum", "sleep", "sort", "tail", "timeout", "xargs"),
)
"""What every machine has; everything else, Docker and apt-get above all, is there only when a test puts it there."""


class Checkout:
    """The folder, its PATH, and runs of its scripts."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.calls = folder / "calls"
        for made in (self.root, self.bin, self.home):
            made.mkdir(parents=True)
        shutil.copytree(ROOT / "setup", self.root / "setup")
        for name in ("requirements.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root)
        for tool in TOOLS:
            path = shutil.which(tool)
            assert path, tool
            (self.bin / tool).symlink_to(path)

    def command(self, name: str, script: str) -> None:
        """Put a command on the machine; it notes each call before it runs `script`."""
        file = self.bin / name
        file.unlink(missing_ok=True)
        file.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{script}\n')
        file.chmod(0o755)

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def environment(self, **env: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "HOME": str(self.home), **env}

    def run(self, script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.root / "setup" / script), *arguments],
            env=self.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def refusal(self, script: str, *arguments: str, **env: str) -> str:
        """The one sentence with which a script refuses."""
        run = self.run(script, *arguments, **env)
        assert run.returncode == 2, run
        assert run.stderr.count("\n") == 1
        return run.stderr
