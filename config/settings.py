"""The whole stack as one value, and the rules that span its sections."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from pydantic import Field, model_validator

from config.apps import App
from config.base import AppName, Model, Slug, is_pinned
from config.expects_rules import expects_mistakes, optional_all_the_same
from config.forms import Mistake, refuse
from config.gateway import Gateway
from config.gce import GceHost
from config.hosts import Host
from config.images import Images
from config.profiles import Profile
from config.registries import Login, Registry
from config.risks import Risk, weakened
from config.secrets import Secrets
from config.secrets import mistakes as mistakes_of_secrets
from config.slots import COLOURS, Rollout
from config.storage import S3Storage, Storage
from config.storage_rules import storage_mistakes

TAGS_ALLOWED: tuple[Profile, ...] = ("local", "dev")


class Settings(Model):
    """Everything a stack file may say under `tandem:`."""

    profile: Profile = Field(examples=["local"])
    """How strict the stack is; staging and prod accept only images that can never mean anything else."""
    host: Host = Field(examples=[{"kind": "local"}])
    """The machine."""
    gateway: Gateway = Gateway()
    """Where the stack listens."""
    secrets: Secrets = Secrets()
    """Where secret values come from."""
    registries: dict[Registry, Login] = Field(default={})
    """Who one is to registries that ask, by their address."""
    images: Images = Images()
    """Upstream images of this stack, where it wants others."""
    storage: dict[Slug, Storage] = Field(default={})
    """Buckets and folders for files, by name; an app names the ones it uses."""
    accept_risk: tuple[Risk, ...] = ()
    """Rules that this stack breaks on purpose; see docs/policy.md."""
    apps: dict[AppName, App] = Field(default={})
    """The apps by name."""
    rollouts: dict[AppName, Rollout] = Field(default={})
    """Which image runs on which colour and which is live; `tandem` writes it."""

    @model_validator(mode="after")
    def _sections_agree(self) -> Settings:
        between = spanning_mistakes(self.profile, self.apps, self.rollouts, known=self.apps.keys())
        stored = storage_mistakes(self.host.kind, self.storage, self.apps, known=self.storage.keys())
        refuse([*between, *stored, *expects_mistakes(self.storage, self.apps)])
        refuse(optional_all_the_same(self.secrets, self.apps))
        refuse(weakened(self.profile, self.host, self.storage, self.apps, self.accept_risk))
        refuse(
            mistakes_of_secrets(self.secrets, self.used_secrets, profile=self.profile, host_project=self.google_project)
        )
        return self

    def rollout(self, name: str) -> Rollout:
        """The app's rollout; an empty one when the file has none yet."""
        return self.rollouts.get(name, Rollout())

    @property
    def used_secrets(self) -> dict[str, str]:
        """Every secret that is named somewhere, with the first place that does."""
        places = []
        for name, storage in self.storage.items():
            if isinstance(storage, S3Storage):
                places += [(getattr(storage, key), f"storage.{name}.{key}") for key in ("access_key", "secret_key")]
        places += [(name, f"apps.{app}.secrets") for app, section in self.apps.items() for name in section.secrets]
        places += [
            (login.password, f"registries.{at}.password") for at, login in self.registries.items() if login.password
        ]
        first: dict[str, str] = {}
        for name, place in places:
            first.setdefault(name, place)
        return first

    @property
    def google_project(self) -> str | None:
        """The Google Cloud project of this stack's secrets; None where there is none."""
        return self.secrets.gcp.project or (self.host.project if isinstance(self.host, GceHost) else None)


def spanning_mistakes(
    profile: Profile | None, apps: Mapping[str, App], rollouts: Mapping[str, Rollout], *, known: Iterable[str]
) -> Iterator[Mistake]:
    """What is wrong between sections.

    `apps` and `rollouts` may be only the sound part of a file; `known` names every app it has.
    """
    names = tuple(known)
    yield from _domains_of_two(apps)
    yield from _two_catch_alls(apps)
    yield from _volumes_of_two(apps)
    for name, rollout in rollouts.items():
        if name not in names:
            yield Mistake(f"rollouts.{name}", f"is no app of this stack, for example {_like(name, names)}")
        if name in apps and apps[name].swap == "stop_first" and rollout.phase not in ("empty", "stable"):
            yield _second_slot(name, rollout)
        if name in apps and apps[name].port is None and rollout.canary is not None:
            yield _canary_of_nobody(name)
        if profile and profile not in TAGS_ALLOWED:
            yield from _bare_tags(name, rollout, profile)


def _like(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return close[0] if close else ", ".join(sorted(names)) or "an app under apps"


def _domains_of_two(apps: Mapping[str, App]) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, app in apps.items():
        for domain in dict.fromkeys(app.domains):
            owner = owners.setdefault(domain, name)
            if owner != name:
                reason = f"{domain} belongs to {owner} already: a domain has one app, for example {name}.{domain}"
                yield Mistake(f"apps.{name}.domains", reason)


def _two_catch_alls(apps: Mapping[str, App]) -> Iterator[Mistake]:
    catch_alls = [name for name, app in apps.items() if app.port is not None and not app.domains]
    for name in catch_alls[1:]:
        reason = f"is required, as {catch_alls[0]} has a port and no domains either, for example [{name}.example.com]"
        yield Mistake(f"apps.{name}.domains", reason)


def _volumes_of_two(apps: Mapping[str, App]) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, app in apps.items():
        for volume in app.volumes:
            owner = owners.setdefault(f"{name}-{volume}", f"apps.{name}.volumes.{volume}")
            if owner != (path := f"apps.{name}.volumes.{volume}"):
                yield Mistake(path, f"would be the same Docker volume as {owner}: rename one, for example data")


def _second_slot(name: str, rollout: Rollout) -> Mistake:
    colour = rollout.standby_colour
    reason = f"cannot run beside {rollout.live}, as {name} swaps stop_first: keep one, for example {rollout.live}"
    return Mistake(f"rollouts.{name}.{colour}", reason)


def _canary_of_nobody(name: str) -> Mistake:
    reason = "is only for an app with a port, as the gateway splits the traffic: remove it, for example standby: next"
    return Mistake(f"rollouts.{name}.canary", reason)


def _bare_tags(name: str, rollout: Rollout, profile: Profile) -> Iterator[Mistake]:
    images = {str(colour): slot.image for colour in COLOURS if (slot := rollout.slot(colour))}
    images |= {f"draining[{index}]": entry.image for index, entry in enumerate(rollout.draining)}
    for place, image in images.items():
        if not is_pinned(image):
            example = f"{image.rpartition(':')[0]}@sha256:<64 hex digits>"
            reason = f"{image} may mean another image tomorrow; {profile} demands a digest, for example {example}"
            yield Mistake(f"rollouts.{name}.{place}.image", reason)
