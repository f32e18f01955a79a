"""A folder of the machine, mounted into the containers of the apps that use it. It outlives the stack."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Never

import pulumi

from components.host import Host
from config.storage import DirectoryStorage
from config.storage_env import Half

FOLDER = Path(__file__).with_name("files") / "folder"
LIMIT = 60
"""Seconds that making a folder may take."""


class Folder:
    """A `Place` on the machine. Nothing happens there before an app uses it: until then nobody knows for whom."""

    def __init__(self, name: str, section: DirectoryStorage, *, user: str | None, host: Host) -> None:
        self.name = name
        self.folder: str | None = section.path
        self.needs: Sequence[pulumi.Resource] = [self._made(section.path, user, host)] if user else []

    def key(self, half: Half) -> Never:
        """A folder has none."""
        raise LookupError(f"storage {self.name} is a folder, which has no {half} key")

    def identity(self, half: Half) -> Never:
        """A folder has none."""
        self.key(half)

    def _made(self, path: str, user: str, host: Host) -> pulumi.Resource:
        return host.run(
            f"storage-{self.name}",
            create=shlex.join(["timeout", str(LIMIT), "sh", "-s", "--", path, user]),
            stdin=FOLDER.read_text(encoding="utf-8"),
            opts=pulumi.ResourceOptions(depends_on=[host.network]),
        )
