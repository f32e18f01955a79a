"""What a stack's jobs share on the machine: their scripts, and the one container that starts cron jobs on time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pulumi
import pulumi_docker as docker

from components.archive import verbatim
from components.gateway import render as gateway
from components.host import Host, label_list
from config import names
from config.apps import App

FILES = Path(__file__).resolve().parent / "files"
SHARED = ("lib/say.sh", "lib/host.sh", "lib/health.sh")
"""Words of the gateway's scripts that ours use too: packed beside them, as the two sets are installed apart."""

SOCKET = "/var/run/docker.sock"
MEMORY = 64
"""MiB, of which it uses 2; a curl now and then."""


class Jobs(pulumi.ComponentResource):
    """The host's side of every job of the stack; nothing at all while no app has any."""

    def __init__(
        self,
        name: str,
        *,
        apps: Mapping[str, App],
        image: str,
        host: Host,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tandem:Jobs", name, {}, opts)
        self.host = host
        self.parts: list[pulumi.Resource] = self._files() if any(has_jobs(app) for app in apps.values()) else []
        if any(app.cron for app in apps.values()):
            self._scheduler(image)
        self.register_outputs({})

    def script(self, name: str) -> str:
        """Where one of the scripts is on the machine."""
        return f"{self.host.directory}/jobs/current/host/{name}"

    def _files(self) -> list[pulumi.Resource]:
        files = self.host.files("jobs", tree(), opts=pulumi.ResourceOptions(parent=self))
        places = self.host.run(
            "jobs-places",
            create=f"mkdir -p {self.host.directory}/jobs/log {self.host.directory}/jobs/state/cron",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[files]),
        )
        return [files, places]

    def _scheduler(self, image: str) -> None:
        """Whoever may use Docker's socket is root on the machine: no network reaches it, nothing else is in it."""
        directory = f"{self.host.directory}/jobs"
        docker.Container(
            "scheduler",
            name=names.scheduler(self.host.project, self.host.stack),
            image=image,
            entrypoints=["/bin/sh", "-c", "exec /jobs/current/bin/schedule"],
            init=True,
            network_mode="none",
            read_only=True,
            restart="unless-stopped",
            destroy_grace_seconds=2,
            memory=MEMORY,
            memory_swap=MEMORY,
            capabilities={"adds": [], "drops": ["ALL"]},
            security_opts=["no-new-privileges:true"],
            log_driver="json-file",
            log_opts={"max-size": "10m", "max-file": "3"},
            labels=label_list(self.host.labels("scheduler")),
            mounts=[
                {"type": "bind", "source": directory, "target": "/jobs", "read_only": True},
                {"type": "bind", "source": f"{directory}/log", "target": "/log"},
                {"type": "bind", "source": SOCKET, "target": SOCKET},
            ],
            opts=pulumi.ResourceOptions(parent=self, provider=self.host.docker, depends_on=self.parts),
        )


def has_jobs(app: App) -> bool:
    """Whether anything of this app runs beside its release."""
    return bool(app.before_switch or app.after_switch or app.workers or app.cron)


def tree() -> dict[str, str]:
    """Path below `current/` → content, sorted by path."""
    shared = verbatim(gateway.FILES)
    return dict(sorted({**verbatim(FILES), **{path: shared[path] for path in SHARED}}.items()))
