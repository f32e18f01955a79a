"""A container that runs beside a release: what makes it, and the hash that names it. Pure; no resources.

It is the release's own container but for its command and limits: same image, environment, secrets, user, network and
volumes. None of it is in the release's hash, so that a new worker or another schedule moves no traffic.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from components.release import Release
from config.base import seconds
from config.jobs import Process, Worker

Kind = Literal["job", "worker", "cron"]


@dataclass(frozen=True)
class Beside:
    """One process beside the release `identity` (`green-1a2b3c4d`) of an app.

    `name` is the worker's or cron job's own, for a job `before` or `after`.
    """

    app: str
    identity: str
    release: Release
    kind: Kind
    name: str
    process: Process

    @property
    def hash8(self) -> str:
        """Eight hex digits over everything its container is made for; whose it is counts, so no two are ever alike."""
        spec = {
            "of": [self.app, self.identity, self.kind, self.name],
            "arguments": self.arguments(),
            **self.release.hidden,
        }
        return hashlib.sha256(json.dumps(spec, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:8]

    @property
    def urn(self) -> str:
        """Logical name of its container.

        A job's is its release's for ever, so that one on a frozen colour is found again. The others have one per
        content: a new one starts beside the old, which goes afterwards.
        """
        if self.kind == "job":
            return f"job-{self.app}-{self.name}-{self.identity}"
        prefix = "cron-" if self.kind == "cron" else ""
        return f"{prefix}{self.app}-{self.name}-{self.hash8}"

    def arguments(self) -> dict[str, Any]:
        """The container's arguments in the provider's canonical forms, without what tells releases apart."""
        process = self.process
        memory = process.memory or self.release.app.memory
        chosen: dict[str, Any] = {
            "command": list(process.command),
            "entrypoints": list(process.entrypoint) or None,
            "envs": self.release.environment(process.env),
            "memory": memory,
            "memory_swap": memory,
        }
        return self.release.arguments() | {k: v for k, v in chosen.items() if v is not None} | self._life()

    def _life(self) -> dict[str, Any]:
        if isinstance(self.process, Worker):
            grace = seconds(self.process.stop_grace)
            return {"stop_timeout": grace, "destroy_grace_seconds": grace}
        # Only made: a host script, or the scheduler, starts it; it runs to its end and stays for its log.
        return {"start": False, "must_run": False, "restart": "no"}
