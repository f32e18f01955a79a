"""A release: an image and every setting that makes its container, and the hash that names it. Pure; no resources.

The hash covers whatever Docker would have to replace the container for. What it missed would be replaced under one
URN, unguarded and undrained; `tests/unit/components/test_release.py` holds it against the provider's replace-list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.apps import App
from config.base import seconds
from config.storage_env import mounted

SPEC_VERSION = 1
"""Raised when the meaning of an unchanged spec changes, so that every app gets a new release once."""


@dataclass(frozen=True)
class Release:
    """Everything about one colour's container that is known before it exists.

    `secrets` maps a variable to the fingerprint of its value; `volumes` a volume's short name to its Docker name.
    `told` maps a variable that comes from storage to its value, or to what stands for a key; `folders` the name of a
    storage to the machine's folder. `files`: the machine's folder where secrets are files; "" = they are environment.
    """

    app: App
    image: str
    network: str
    secrets: Mapping[str, str]
    volumes: Mapping[str, str]
    told: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    files: str = ""

    @property
    def hash8(self) -> str:
        """Eight hex digits over `arguments`, what `hidden` has, and the port, which the image listens on."""
        spec = {
            "version": SPEC_VERSION,
            "arguments": self.arguments(),
            "port": self.app.port,
            **self.hidden,
        }
        return hashlib.sha256(json.dumps(spec, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:8]

    @property
    def hidden(self) -> dict[str, Any]:
        """What the container is told besides `arguments`; what an app has none of is not in its hash either."""
        optional = {"storage": dict(self.told), "files": self.files}
        return {"secrets": dict(self.secrets)} | {name: value for name, value in optional.items() if value}

    def environment(self, more: Mapping[str, str] | None = None) -> list[str]:
        """What everybody may read: the app's, `more` which wins over it, and what the contract adds to both."""
        others = {*self.secrets, *self.told}
        merged = self.app.expects.environment({**self.app.env, **(more or {})}, others)
        return [f"{key}={value}" for key, value in sorted(merged.items())]

    def arguments(self) -> dict[str, Any]:
        """The container's arguments in the provider's canonical forms, without what tells releases apart."""
        app = self.app
        grace = seconds(app.stop_grace)
        chosen: dict[str, Any] = {
            "image": self.image,
            "command": list(app.command) if app.command else None,
            "user": app.user,
            "cpus": app.cpus,
            "cpu_shares": app.cpu_shares,
        }
        return {name: value for name, value in chosen.items() if value is not None} | {
            "envs": self.environment(),
            "memory": app.memory,
            # Equal means no swap; left out, Docker would write twice the memory and show a diff at the next update.
            "memory_swap": app.memory,
            "read_only": app.read_only,
            "init": app.init,
            "stop_timeout": grace,
            "destroy_grace_seconds": grace,
            "capabilities": {"adds": sorted(app.capabilities), "drops": ["ALL"]},
            "security_opts": ["no-new-privileges:true"],
            "ulimits": [{"name": "nproc", "soft": app.processes, "hard": app.processes}],
            "log_driver": "json-file",
            "log_opts": {"max-size": app.log.max_size, "max-file": str(app.log.max_files)},
            "restart": "unless-stopped",
            "mounts": [*self._volume_mounts(), *self._folder_mounts(), *self._tmpfs_mounts()],
            "networks_advanced": [{"name": self.network}],
            "labels": dict(sorted(app.labels.items())),
        }

    def _volume_mounts(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "volume",
                "source": self.volumes[name],
                "target": volume.path,
                "read_only": not volume.writable,
            }
            for name, volume in sorted(self.app.volumes.items())
        ]

    def _folder_mounts(self) -> list[dict[str, Any]]:
        return [
            {"type": "bind", "source": folder, "target": mounted(name), "read_only": False}
            for name, folder in sorted(self.folders.items())
        ]

    def _tmpfs_mounts(self) -> list[dict[str, Any]]:
        return [
            {"type": "tmpfs", "target": path, "tmpfs_options": {"size_bytes": _bytes(size)}}
            for path, size in sorted(self.app.tmpfs.items())
        ]


def _bytes(size: str) -> int:
    """`64m` in bytes."""
    number, unit = int(size[:-1]), size[-1]
    return number * {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[unit]
