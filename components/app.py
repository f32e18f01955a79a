"""One app: a container per release, a guard before each, and the switch that says which one serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_docker as docker

from components import spec
from components.gateway.component import Gateway
from components.host import Host, label_list
from components.jobs.component import AppJobs, Living
from components.jobs.scheduler import Jobs
from components.release import Release
from components.secrets.delivery import Delivered, Files, as_environment
from components.storage.component import Storages
from components.switch import Box, Traffic, receipt
from components.vault import Vault
from config import apps, names
from config.rollout import COLOURS, Colour, Drained, Rollout, Slot


class App(pulumi.ComponentResource):
    """The releases of one app and the way traffic reaches them.

    `live` is the release that shall serve (None before the first); `releases` says per colour what exists and which
    hash today's settings would give it (`declared`), so that the command need not compute one; `draining` lists what
    left its colour and keeps its container for now; `receipt` is what the last switch said it did;
    `beside` names the containers of jobs, workers and cron.
    """

    def __init__(
        self,
        name: str,
        section: apps.App,
        *,
        rollout: Rollout,
        host: Host,
        gateway: Gateway,
        jobs: Jobs,
        vault: Vault,
        storage: Storages,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tandem:App", name, {}, opts)
        self.name = name
        self.section = section
        self.host = host
        self.vault = vault
        self.stored = storage.given(section.storage).renamed(section.expects)
        self.volumes = {short: self._volume(short) for short in section.volumes}
        self.needs = [host.network, *self.volumes.values(), *self.stored.needs]
        self.files = self._files(gateway) if section.delivery == "files" else None
        self.jobs = self._jobs(jobs, gateway)
        self.boxes: dict[Colour, Box] = {}
        self.living: dict[Colour, Living] = {}
        self.releases: dict[str, dict[str, Any]] = {}
        for colour in _live_first(rollout):
            self._release(colour, rollout)
        self.drains = [self._drain(entry) for entry in self._apart(rollout)] if section.port else []
        self.draining = [_told(box) for box in self.drains]
        wanted = spec.routes(rollout, {colour: box.release for colour, box in self.boxes.items()})
        self.live = wanted.live
        self._traffic(gateway, wanted)
        if rollout.live:
            self.jobs.follow(self.living[rollout.live], self.switch)
        self.beside = [container.name for container in self.jobs.containers]
        self.register_outputs({"live": self.live, "releases": self.releases, "draining": self.draining})

    def _release(self, colour: Colour, rollout: Rollout) -> None:
        slot = rollout.slot(colour)
        assert slot is not None
        release = self._made_of(slot.image)
        identity = names.release(colour, slot.frozen or release.hash8)
        if slot.frozen and colour == rollout.live and slot.frozen != release.hash8:
            pulumi.log.warn(
                f"{self.name}: {identity} serves as it was made; the stack file's settings have changed since. "
                f"`tandem deploy {self.name} {slot.image}` applies them"
            )
        delivered = self._delivered(identity, slot)
        living = Living(identity, release, delivered, frozen=slot.frozen is not None)
        before = self.jobs.before(living)
        if self.files and colour == rollout.live and slot.frozen not in (None, release.hash8):
            living = replace(living, delivered=self._with_storage(self.files.beside(release)))
        self.living[colour] = living
        container = self._container(colour, identity, slot, release, delivered, after=before)
        self.boxes[colour] = Box(identity, slot.image, container)
        self.releases[colour] = _told(self.boxes[colour]) | {"declared": release.hash8}

    def _apart(self, rollout: Rollout) -> list[Drained]:
        """What drains, but for a release that has a colour again: that one is declared already."""
        taken = {box.release for box in self.boxes.values()}
        return [entry for entry in rollout.draining if entry.release not in taken]

    def _drain(self, entry: Drained) -> Box:
        # Where its container is gone there is nobody left to wait for: a new one must not start up and do work.
        idle: dict[str, Any] = {"start": False, "must_run": False}
        slot = Slot(image=entry.image, frozen=entry.frozen)
        delivered = self._delivered(entry.release, slot)
        container = self._container(entry.colour, entry.release, slot, self._made_of(entry.image), delivered, **idle)
        return Box(entry.release, entry.image, container)

    def _made_of(self, image: str) -> Release:
        return Release(
            app=self.section,
            image=image,
            network=names.stack_prefix(self.host.project, self.host.stack),
            secrets=self.section.expects.with_aliases({name: self.vault.fingerprint(name) for name in self._secrets}),
            volumes={short: names.volume(*self._scope, short) for short in self.section.volumes},
            told=self.stored.identity,
            folders=self.stored.folders,
            files=self.files.folder if self.files else "",
        )

    def _files(self, gateway: Gateway) -> Files:
        values = {**self._secret_values, **self.stored.keys}
        return Files(self.name, self.section.user, self.host, gateway.image, self, values)

    def _delivered(self, identity: str, slot: Slot) -> Delivered:
        """What the containers of a release get besides the stack file's env: secrets, and what storage needs."""
        if self.files:
            return self._with_storage(self.files.of(identity, slot.image, frozen=slot.frozen is not None))
        stored: dict[str, pulumi.Input[str]] = {**self.stored.plain, **self.stored.keys}
        return Delivered(as_environment({**self._secret_values, **dict(sorted(stored.items()))}))

    def _with_storage(self, delivered: Delivered) -> Delivered:
        plain = as_environment(dict(sorted(self.stored.plain.items())))
        return replace(delivered, environment=[*delivered.environment, *plain])

    def _jobs(self, jobs: Jobs, gateway: Gateway) -> AppJobs:
        return AppJobs(
            self.name,
            self.section,
            host=self.host,
            jobs=jobs,
            scripts=[gateway.files],
            environment=self._about,
            needs=self.needs,
            parent=self,
        )

    def _container(
        self,
        colour: Colour,
        identity: str,
        slot: Slot,
        release: Release,
        delivered: Delivered,
        *,
        after: Sequence[pulumi.Resource] = (),
        **more: Any,
    ) -> docker.Container:
        arguments = release.arguments() | more
        arguments["labels"] = label_list(arguments["labels"] | self._labels(colour, identity, slot))
        arguments["envs"] = [*arguments["envs"], *self._about(identity), *delivered.environment]
        arguments["mounts"] = [*arguments["mounts"], *delivered.mounts]
        stop_first = self.section.swap == "stop_first"
        return docker.Container(
            self.name if stop_first else names.container(self.name, identity),
            **arguments,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self.host.docker,
                depends_on=[*self.needs, *delivered.needs, *after],
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

    def _about(self, identity: str) -> list[str]:
        """Which release a container belongs to."""
        colour, _ = names.split_release(identity)
        return [f"TANDEM_APP={self.name}", f"TANDEM_COLOUR={colour}", f"TANDEM_RELEASE={identity}"]

    @property
    def _secrets(self) -> list[str]:
        """Those of its secrets that have a value; an optional one may have none."""
        return [name for name in sorted(self.section.secrets) if self.vault.has(name)]

    @property
    def _secret_values(self) -> dict[str, pulumi.Output[str]]:
        """The same with their values, and by the aliases that the app is told too."""
        return self.section.expects.with_aliases({name: self.vault.get(name) for name in self._secrets})

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

    def _traffic(self, gateway: Gateway, wanted: spec.Routes) -> None:
        """Guards first, then the switch, then whatever waits for what comes of it."""
        has_port = self.section.port is not None
        traffic = Traffic(
            self.name,
            self.section,
            self.host,
            gateway if has_port else None,
            scripts=gateway.parts if has_port else [gateway.files],
            parent=self,
        )
        guards = [guard for box in [*self.boxes.values(), *self.drains] for guard in traffic.guard(box)]
        self.switch = traffic.switch(wanted, list(self.boxes.values()), guards)
        self.receipt = self.switch.stdout.apply(receipt)
        self.verdict = traffic.verdict(wanted, self.switch)


def _told(box: Box) -> dict[str, Any]:
    return {"release": box.release, "image": box.image, "container": box.container.name}


def _live_first(rollout: Rollout) -> list[Colour]:
    filled = [colour for colour in COLOURS if rollout.slot(colour) is not None]
    return sorted(filled, key=lambda colour: colour != rollout.live)
