"""The rules a stack can break on purpose, and under which name it accepts that: `tandem:accept_risk`.

Names are a contract: they appear in stack files, in the policy's findings and in docs/policy.md. Sources of the rules:
CIS Google Cloud Foundation Benchmark and checkov's ids. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_network
from typing import Literal

from config.apps import App
from config.forms import Mistake
from config.gce import GceHost
from config.hosts import Host
from config.profiles import Profile
from config.storage import GcsStorage, Storage

Risk = Literal[
    "public-ip",
    "http-open",
    "ssh-open",
    "no-protection",
    "no-snapshots",
    "soft-delete-off",
    "force-destroy",
    "no-versioning",
    "os-login-off",
    "same-region-backups",
    "no-hardening",
    "metrics-open",
]

NARROWEST_CROWD = 8
"""Bits of a mask: a shorter one names so many that it names everybody. Two halves of the world are the world."""


def is_everybody(range_: str) -> bool:
    """Whether a range of addresses leaves hardly anybody out."""
    return ip_network(range_, strict=False).prefixlen < NARROWEST_CROWD


def open_metrics(app: App) -> list[str]:
    """The ranges among those that may read an app's numbers that leave hardly anybody out."""
    return [range_ for range_ in (app.metrics.allow if app.metrics else ()) if is_everybody(range_)]


def weakened(
    profile: Profile,
    host: Host,
    storage: Mapping[str, Storage],
    apps: Mapping[str, App],
    accepted: Collection[Risk],
) -> Iterator[Mistake]:
    """What a prod stack's own words make weaker than the profile, without a word that it is meant."""
    if profile != "prod":
        return
    said = [
        *_of_the_host(host),
        *(found for name, one in storage.items() for found in _of_a_storage(name, one, host)),
        *(found for name, app in apps.items() for found in _of_an_app(name, app)),
    ]
    for risk, path, does, example in said:
        if risk not in accepted:
            reason = f"{does}, which prod refuses, for example {example}; or say accept_risk: [{risk}]"
            yield Mistake(path, reason)


_Said = tuple[Risk, str, str, str]
"""Rule, path, what it does, a right example."""


def _of_the_host(host: Host) -> Iterator[_Said]:
    if not isinstance(host, GceHost):
        return
    open_to = () if host.ssh.sources == "iap" else host.ssh.sources
    if wide := [range_ for range_ in open_to if is_everybody(range_)]:
        yield "ssh-open", "host.ssh.sources", f"opens the machine's door to everybody ({', '.join(wide)})", "iap"
    if host.protect is False:
        yield "no-protection", "host.protect", "lets machine, disks, address and buckets be deleted", "true"
    if host.snapshots == "none":
        yield "no-snapshots", "host.snapshots", "leaves the disks without a copy", "{keep_days: 14}"
    if not host.hardening:
        yield "no-hardening", "host.hardening", "leaves out keys-only logins and the machine's own firewall", "true"


def _of_a_storage(name: str, storage: Storage, host: Host) -> Iterator[_Said]:
    if not isinstance(storage, GcsStorage):
        return
    path = f"storage.{name}"
    if storage.soft_delete_days == 0:
        yield "soft-delete-off", f"{path}.soft_delete_days", "makes a deleted file gone for good", "30"
    if not storage.versioning and storage.retention_days is None:
        yield "no-versioning", f"{path}.versioning", "makes an overwritten file gone for good", "true"
    if storage.purpose == "backups" and isinstance(host, GceHost) and storage.location == host.region:
        yield "same-region-backups", f"{path}.location", f"keeps backups where the machine is, in {host.region}", "eu"


def _of_an_app(name: str, app: App) -> Iterator[_Said]:
    if wide := open_metrics(app):
        does = f"shows the app's numbers to everybody ({', '.join(wide)})"
        yield "metrics-open", f"apps.{name}.metrics.allow", does, "[203.0.113.7/32]"
