"""What runs beside one app's releases: jobs around the switch, workers, cron. All of it hangs on the switch.

`before_switch` belongs to every release that has a colour; everything else to the live one only.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.host import Host, label_list
from components.jobs import spec
from components.jobs.process import Beside, Kind
from components.jobs.scheduler import Jobs
from components.release import Release
from components.secrets.delivery import Delivered
from config import apps, names
from config.base import seconds
from config.jobs import Cron, Job, Process, Worker

_LABEL: dict[Kind, str] = {"job": names.LABEL_JOB, "worker": names.LABEL_WORKER, "cron": names.LABEL_CRON}


@dataclass(frozen=True)
class Living:
    """A release on a colour: its id, what makes its container, its secrets, and whether it stays as it was made.

    A frozen one has served: what it had to run is history. The script knows that from the host, not from here: a value
    that comes and goes with the freezing would be a difference at the update after every rollback.
    """

    identity: str
    release: Release
    delivered: Delivered
    frozen: bool


class AppJobs:
    """The jobs of one app. `needs` is what every container of the app needs first: network and volumes."""

    def __init__(
        self,
        app: str,
        section: apps.App,
        *,
        host: Host,
        jobs: Jobs,
        scripts: Sequence[pulumi.Resource],
        environment: Callable[[str], Sequence[str]],
        needs: Sequence[pulumi.Resource],
        parent: pulumi.Resource,
    ) -> None:
        self.app = app
        self.section = section
        self.host = host
        self.jobs = jobs
        self.scripts = [*scripts, *jobs.parts]
        self.environment = environment
        self.needs = list(needs)
        self.parent = parent
        self.grace = seconds(section.stop_grace)
        self.containers: list[docker.Container] = []

    def before(self, of: Living) -> list[pulumi.Resource]:
        """What the release's container waits for."""
        job = self.section.before_switch
        return [self._job("before", job, of, after=[])] if job else []

    def follow(self, live: Living, switch: pulumi.Resource) -> None:
        """Everything that the live release has, once the switch has proved that it serves."""
        if self.section.after_switch:
            self._job("after", self.section.after_switch, live, after=[switch])
        for name, worker in sorted(self.section.workers.items()):
            self._worker(name, worker, live, switch)
        if self.section.cron:
            self._cron(live, switch)

    def _job(self, name: str, section: Job, of: Living, after: list[pulumi.Resource]) -> pulumi.Resource:
        """A container that is only made, and the command that runs it once. Those of a frozen release stay as made."""
        beside = self._beside(of, "job", name, section)
        as_made = ["*"] if of.frozen else None
        container = self._container(beside, of, after, ignore_changes=as_made)
        guard = self._guard(beside.urn, section, container)
        told = container.name.apply(
            lambda box: spec.job(
                f"{name}_switch",
                section,
                release=of.identity,
                image=of.release.image,
                container=box,
                grace=self.grace,
            )
        )
        return self.host.run(
            f"{name}-{self.app}-{of.identity}",
            create=self._bounded("job", spec.job_limit(section, self.grace)),
            stdin=told,
            opts=self._after(container, guard, *after, ignore_changes=as_made),
        )

    def _worker(self, name: str, section: Worker, live: Living, switch: pulumi.Resource) -> None:
        beside = self._beside(live, "worker", name, section)
        alone = section.swap == "stop_first"
        urn = f"{self.app}-{name}" if alone else beside.urn
        container = self._container(beside, live, [switch], urn=urn, stop_first=alone)
        health = section.health
        if health is None:
            return
        self.host.run(
            f"ready-{urn}",
            create=self._bounded("ready", spec.ready_limit(health)),
            stdin=container.name.apply(lambda box: spec.ready(health, container=box)),
            opts=self._after(container),
        )

    def _cron(self, live: Living, switch: pulumi.Resource) -> None:
        sections = self.section.cron
        containers = {name: self._cron_container(name, one, live, switch) for name, one in sorted(sections.items())}
        named = pulumi.Output.all(**{name: container.name for name, container in containers.items()})
        script = shlex.join([self.jobs.script("cron"), self.app])
        self.host.run(
            f"cron-{self.app}",
            create=f"{script} set",
            delete=f"{script} clear",
            stdin=named.apply(lambda boxes: spec.cron(sections, boxes)),
            opts=self._after(*containers.values()),
        )

    def _cron_container(self, name: str, section: Cron, live: Living, switch: pulumi.Resource) -> docker.Container:
        beside = self._beside(live, "cron", name, section)
        container = self._container(beside, live, [switch])
        self._guard(beside.urn, section, container)
        return container

    def _beside(self, of: Living, kind: Kind, name: str, section: Process) -> Beside:
        return Beside(self.app, of.identity, of.release, kind, name, section)

    def _container(
        self,
        beside: Beside,
        of: Living,
        after: list[pulumi.Resource],
        *,
        urn: str | None = None,
        stop_first: bool = False,
        ignore_changes: list[str] | None = None,
    ) -> docker.Container:
        arguments = beside.arguments()
        # No label of the release: what has one is a candidate for traffic to whoever reads labels.
        own = self.host.labels(beside.kind) | {names.LABEL_APP: self.app, _LABEL[beside.kind]: beside.name}
        arguments["labels"] = label_list(arguments["labels"] | own)
        told = [*self.environment(beside.identity), *of.delivered.environment]
        arguments["envs"] = [*arguments["envs"], *told, f"TANDEM_JOB={beside.name}"]
        arguments["mounts"] = [*arguments["mounts"], *of.delivered.mounts]
        container = docker.Container(
            urn or beside.urn,
            **arguments,
            opts=pulumi.ResourceOptions(
                parent=self.parent,
                provider=self.host.docker,
                depends_on=[*self.needs, *of.delivered.needs, *after],
                delete_before_replace=stop_first,
                ignore_changes=ignore_changes,
            ),
        )
        self.containers.append(container)
        return container

    def _guard(self, urn: str, section: Job | Cron, container: docker.Container) -> pulumi.Resource:
        """Stands between the container and the engine, which would kill what it runs."""
        return self.host.run(
            f"guard-{urn}",
            delete=self._bounded("idle", spec.job_limit(section, self.grace)),
            stdin=container.name.apply(lambda box: spec.idle(section, container=box, grace=self.grace)),
            opts=self._after(container),
        )

    def _bounded(self, script: str, limit: int) -> str:
        return f"timeout {limit} {shlex.join([self.jobs.script(script), self.app])}"

    def _after(self, *resources: pulumi.Resource, ignore_changes: list[str] | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self.parent, depends_on=[*resources, *self.scripts], ignore_changes=ignore_changes
        )
