"""One app: a container per release, a guard before each, and the switch that says which one serves."""

from __future__ import annotations

import shlex
from typing import Any

import pulumi
import pulumi_docker as docker

from components import spec
from components.gateway.component import Gateway
from components.host import Host, label_list
from components.release import Release
from components.vault import Vault
from config import apps, names
from config.rollout import COLOURS, Colour, Rollout, Slot


class App(pulumi.ComponentResource):
    """The releases of one app and the way traffic reaches them.

    `live` is the release that shall serve (None before the first); `releases` says per colour what exists and which
    hash today's settings would give it (`declared`), so that the command need not compute one.
    """

    def __init__(
        self,
        name: str,
        section: apps.App,
        *,
        rollout: Rollout,
        host: Host,
        gateway: Gateway,
        vault: Vault,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tandem:App", name, {}, opts)
        self.name = name
        self.section = section
        self.host = host
        self.gateway = gateway if section.port else None
        self.scripts = gateway.parts if section.port else [gateway.files]
        self.vault = vault
        self.volumes = {short: self._volume(short) for short in section.volumes}
        self.containers: dict[str, docker.Container] = {}
        self.releases: dict[str, dict[str, Any]] = {}
        for colour in _live_first(rollout):
            self._release(colour, rollout)
        self.live = self.releases[rollout.live]["release"] if rollout.live else None
        self._switch()
        self.register_outputs({"live": self.live, "releases": self.releases})

    def _release(self, colour: Colour, rollout: Rollout) -> None:
        slot = rollout.slot(colour)
        assert slot is not None
        release = Release(
            app=self.section,
            image=slot.image,
            network=names.stack_prefix(self.host.project, self.host.stack),
            secrets={name: self.vault.fingerprint(name) for name in self.section.secrets},
            volumes={short: names.volume(*self._scope, short) for short in self.section.volumes},
        )
        identity = names.release(colour, slot.frozen or release.hash8)
        if slot.frozen and colour == rollout.live and slot.frozen != release.hash8:
            pulumi.log.warn(
                f"{self.name}: {identity} serves as it was made; the stack file's settings have changed since. "
                f"`tandem deploy {self.name} {slot.image}` applies them"
            )
        container = self._container(colour, identity, slot, release)
        self.containers[identity] = container
        self.releases[colour] = {
            "release": identity,
            "image": slot.image,
            "container": container.name,
            "declared": release.hash8,
        }

    def _container(self, colour: Colour, identity: str, slot: Slot, release: Release) -> docker.Container:
        arguments = release.arguments()
        arguments["labels"] = label_list(arguments["labels"] | self._labels(colour, identity, slot))
        arguments["envs"] = [*arguments["envs"], *self._identity_env(colour, identity), *self._secret_env()]
        stop_first = self.section.swap == "stop_first"
        return docker.Container(
            self.name if stop_first else names.container(self.name, identity),
            **arguments,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self.host.docker,
                depends_on=[self.host.network, *self.volumes.values()],
                # Said outright: the provider's own default is delete-first.
                delete_before_replace=stop_first,
                # What is not live stays exactly as it was made, whatever the stack file says by now.
                ignore_changes=["*"] if slot.frozen else None,
            ),
        )

    def _labels(self, colour: Colour, identity: str, slot: Slot) -> dict[str, str]:
        return self.host.labels("app") | {
            names.LABEL_APP: self.name,
            names.LABEL_COLOUR: colour,
            names.LABEL_RELEASE: identity,
            names.LABEL_IMAGE: slot.image,
            names.LABEL_PORT: str(self.section.port or 0),
        }

    def _identity_env(self, colour: Colour, identity: str) -> list[str]:
        return [f"TANDEM_APP={self.name}", f"TANDEM_COLOUR={colour}", f"TANDEM_RELEASE={identity}"]

    def _secret_env(self) -> list[pulumi.Output[str]]:
        return [pulumi.Output.concat(name, "=", self.vault.get(name)) for name in sorted(self.section.secrets)]

    @property
    def _scope(self) -> tuple[str, str, str]:
        return self.host.project, self.host.stack, self.name

    def _volume(self, short: str) -> docker.Volume:
        return docker.Volume(
            f"{self.name}-{short}",
            name=names.volume(*self._scope, short),
            labels=label_list(self.host.labels("volume") | {names.LABEL_APP: self.name}),
            # Data outlives the stack: `destroy` forgets the volume, and the same name finds it again.
            opts=pulumi.ResourceOptions(
                parent=self, provider=self.host.docker, retain_on_delete=True, ignore_changes=["*"]
            ),
        )

    def _switch(self) -> None:
        """The one resource whose update moves traffic. It fails, and nothing is deleted, when the proof fails."""
        guards = [self._guard(identity, self.gateway) for identity in self.containers] if self.gateway else []
        told = pulumi.Output.all(*[self._known(identity) for identity in self.containers]).apply(self._told)
        limit = spec.switch_limit(self.section)
        self.host.run(
            f"switch-{self.name}",
            create=f"timeout {limit} {self._script('switch')}",
            delete=f"timeout {spec.SWITCH_MARGIN} {self._script('close')}",
            stdin=told,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*guards, *self.scripts]),
        )

    def _told(self, containers: list[Any]) -> str:
        return spec.switch(
            self.section,
            gateway=self.gateway.container_name if self.gateway else None,
            live=self.live,
            containers=[(identity, container, port) for identity, container, port in containers],
            default_host=self.section.domains[0] if self.section.domains else self.name,
        )

    def _known(self, identity: str) -> pulumi.Output[tuple[str, str, int]]:
        """(release, container name, port). The port is the container's own word: a frozen one may have had another."""
        box = self.containers[identity]
        return pulumi.Output.all(box.name, box.labels).apply(lambda made: (identity, made[0], self._port(made[1])))

    def _port(self, labels: Any) -> int:
        for label in labels or ():
            if label["label"] == names.LABEL_PORT:
                return int(label["value"])
        return self.section.port or 0

    def _guard(self, identity: str, gateway: Gateway) -> pulumi.Resource:
        """Stands between its container and the engine: refuses while traffic goes there, then waits for the drain."""
        told = self._known(identity).apply(
            lambda known: spec.guard(
                self.section, gateway=gateway.container_name, release=known[0], container=known[1], port=known[2]
            )
        )
        return self.host.run(
            f"guard-{self.name}-{identity}",
            delete=f"timeout {spec.guard_limit(self.section)} {self._script('guard')}",
            stdin=told,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.containers[identity], *self.scripts]),
        )

    def _script(self, name: str) -> str:
        return shlex.join([f"{self.host.directory}/gateway/current/host/{name}", self.name])


def _live_first(rollout: Rollout) -> list[Colour]:
    filled = [colour for colour in COLOURS if rollout.slot(colour) is not None]
    return sorted(filled, key=lambda colour: colour != rollout.live)
