"""What moves an app's traffic: the guards before its containers, the switch, and the wait for the verdict on it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from components import spec
from components.gateway.component import Gateway
from components.host import Command, Host
from config import apps, names


@dataclass(frozen=True)
class Box:
    """A release and its container."""

    release: str
    image: str
    container: docker.Container

    def upstream(self, default_port: int) -> pulumi.Output[spec.Upstream]:
        """As the host scripts know it. The port is the container's own word: a frozen one may have had another."""
        return pulumi.Output.all(self.container.name, self.container.labels).apply(
            lambda made: spec.Upstream(self.release, made[0], _port(made[1], default_port), self.image)
        )


@dataclass(frozen=True)
class Traffic:
    """The traffic of one app; `gateway` is None for an app without a port, which has none."""

    name: str
    section: apps.App
    host: Host
    gateway: Gateway | None
    scripts: Sequence[pulumi.Resource]
    """What must be on the host before any of its scripts runs."""
    parent: pulumi.Resource

    def guard(self, box: Box) -> list[pulumi.Resource]:
        """Stands between a container and the engine: refuses while traffic goes there, then waits for the drain."""
        if self.gateway is None:
            return []
        gateway = self.gateway.container_name
        told = box.upstream(self._port).apply(
            lambda one: spec.guard(
                self.section, gateway=gateway, release=one.release, container=one.container, port=one.port
            )
        )
        command = self.host.run(
            f"guard-{names.container(self.name, box.release)}",
            delete=f"timeout {spec.guard_limit(self.section)} {self._script('guard')}",
            stdin=told,
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[box.container, *self.scripts]),
        )
        return [command]

    def switch(self, wanted: spec.Routes, boxes: Sequence[Box], guards: Sequence[pulumi.Resource]) -> Command:
        """The one resource whose update moves traffic. It fails, and nothing is deleted, when the proof fails."""
        told = pulumi.Output.all(*[box.upstream(self._port) for box in boxes]).apply(
            lambda upstreams: self._told(wanted, upstreams)
        )
        return self.host.run(
            f"switch-{self.name}",
            create=f"timeout {spec.switch_limit(self.section)} {self._script('switch')}",
            delete=f"timeout {spec.SWITCH_MARGIN} {self._script('close')}",
            stdin=told,
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[*guards, *self.scripts]),
        )

    def verdict(self, wanted: spec.Routes, switch: pulumi.Resource) -> list[pulumi.Resource]:
        """Waits until the watch has judged what got traffic, and fails when it is bad; where the app asks for that."""
        if not self.section.watch.wait or wanted.newest is None:
            return []
        # One for each weight of a canary: what it would be told is the same, so that nothing would run it again.
        step = f"-canary-{wanted.canary[0]}" if wanted.canary else ""
        command = self.host.run(
            f"verdict-{self.name}{step}",
            create=f"timeout {spec.verdict_limit(self.section)} {self._script('verdict')}",
            stdin=spec.verdict(self.section, release=wanted.newest),
            opts=pulumi.ResourceOptions(parent=self.parent, depends_on=[switch]),
        )
        return [command]

    def _told(self, wanted: spec.Routes, upstreams: Sequence[Any]) -> str:
        return spec.switch(
            self.section,
            wanted,
            [spec.Upstream(*one) for one in upstreams],
            gateway=self.gateway.container_name if self.gateway else None,
            default_host=self.section.domains[0] if self.section.domains else self.name,
        )

    @property
    def _port(self) -> int:
        return self.section.port or 0

    def _script(self, name: str) -> str:
        return shlex.join([f"{self.host.directory}/gateway/current/host/{name}", self.name])


def receipt(stdout: str | None) -> Mapping[str, Any] | None:
    """The line by which the switch last said what it did; None before its first run."""
    for line in reversed((stdout or "").splitlines()):
        try:
            said = json.loads(line)
        except ValueError:
            continue  # a line for people
        if isinstance(said, dict):
            return said
    return None


def _port(labels: Any, default: int) -> int:
    for label in labels or ():
        if label["label"] == names.LABEL_PORT:
            return int(label["value"])
    return default
