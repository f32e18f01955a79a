"""Edits of a prod stack, and what they would do to each resource in Google Cloud: on mocks, by the table of effects.

The real provider's preview of the same edits is compared with it in tests/google/test_engine_edits.py.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from policy import Planned
from tandem.engines import Step
from tandem.engines.mocks import compare
from tests import planned, stacks

Stack = Literal["prod", "fast", "secret"]
"""`prod` as it is; `fast`: on provisioned disks, with logins by key; `secret`: a secret of its app is at Google."""

KEPT = {"API_TOKEN": "hunter2"}
"""The stack file's own encrypted values."""

WITHOUT = object()
"""Takes a key out."""


@dataclass(frozen=True)
class Edit:
    """One edit: its line in the stack file, where it is and what it says, and what a person should know of it."""

    line: str
    place: str
    value: Any
    known: str
    stack: Stack = "prod"
    accepts: tuple[str, ...] = field(default=())


_NONE = "none"
_LATER = "none; the size is taken up at the next boot"
EDITS: tuple[Edit, ...] = (
    Edit("machine: e2-standard-2", "host.machine", "e2-standard-2", "off for a minute or two"),
    Edit("data_disk: {size: 100}", "host.data_disk.size", 100, "none; the filesystem grows at once"),
    Edit("data_disk: {size: 20}, which is less", "host.data_disk.size", 20, "-"),
    Edit("data_disk: {type: pd-ssd}", "host.data_disk.type", "pd-ssd", "-"),
    Edit("data_disk: {iops: 6000}, of a hyperdisk", "host.data_disk.iops", 6000, "none; once in four hours", "fast"),
    Edit(
        "data_disk: {throughput: 280}, of a hyperdisk",
        "host.data_disk.throughput",
        280,
        "none; once in four hours",
        "fast",
    ),
    Edit("boot_disk: {size: 50}", "host.boot_disk.size", 50, _LATER),
    Edit("boot_disk: {type: pd-ssd}", "host.boot_disk.type", "pd-ssd", "-"),
    Edit("boot_disk: {iops: 6000}, of a hyperdisk", "host.boot_disk.iops", 6000, "-", "fast"),
    Edit("image: debian-cloud/debian-14", "host.image", "debian-cloud/debian-14", "none; it is for the next machine"),
    Edit("zone: europe-west3-a", "host.zone", "europe-west3-a", "-"),
    Edit("zone: europe-west4-a, another region", "host.zone", "europe-west4-a", "-"),
    Edit("project: acme-other", "host.project", "acme-other", "-"),
    Edit("labels: {team: web}", "host.labels", {"team": "web"}, _NONE),
    Edit(
        "ssh: {public_keys: [...]}, the deploy key",
        "host.ssh.public_keys",
        [stacks.PUBLIC_KEY.replace("AAAAIK", "AAAAIL")],
        "none; the guest agent takes it over in seconds",
        "fast",
    ),
    Edit("ssh: {sources: [203.0.113.0/24]}", "host.ssh.sources", ["203.0.113.0/24"], _NONE),
    Edit("ssh: {sources: [0.0.0.0/0]}", "host.ssh.sources", ["0.0.0.0/0"], "-"),
    Edit(
        "ssh: {deployers: [...]}, one more",
        "host.ssh.deployers",
        ["serviceAccount:deploy@acme-prod.iam.gserviceaccount.com", "group:ops@acme.example"],
        _NONE,
    ),
    Edit("gateway: {port: 8080}", "gateway.port", 8080, "the gateway's container is replaced: about a second"),
    Edit("snapshots: {keep_days: 30}", "host.snapshots.keep_days", 30, _NONE),
    Edit('snapshots: {at: "04:00"}', "host.snapshots.at", "04:00", _NONE),
    Edit("snapshots: none", "host.snapshots", "none", "-"),
    Edit("protect: false", "host.protect", False, "-"),
    Edit("protect: false, with accept_risk: [no-protection]", "host.protect", False, _NONE, accepts=("no-protection",)),
    Edit("storage.media: {bucket: acme-files}", "storage.media.bucket", "acme-files", "-"),
    Edit("storage.backups: {location: eu}", "storage.backups.location", "eu", "-"),
    Edit("storage.backups: {retention_days: 30}", "storage.backups.retention_days", 30, _NONE),
    Edit("storage.backups: {keep_days: 90}", "storage.backups.keep_days", 90, _NONE),
    Edit("storage.backups: {soft_delete_days: 60}", "storage.backups.soft_delete_days", 60, _NONE),
    Edit("storage.media: {versioning: false}", "storage.media.versioning", False, "-"),
    Edit("storage.media: {keys: [k2, k1]}, a new key", "storage.media.keys", ["k2", "k1"], "apps deploy anew with it"),
    Edit("storage.media taken out", "storage.media", WITHOUT, "-"),
    Edit(
        "secrets.names.API_TOKEN: {from: shop-token}",
        "secrets.names",
        {"API_TOKEN": {"from": "shop-token"}},
        "-",
        "secret",
    ),
    Edit("secrets.gcp: {locations: [europe-west3]}", "secrets.gcp", {"locations": ["europe-west3"]}, "-", "secret"),
    Edit("API_TOKEN taken out of the app's secrets", "apps.web.secrets", WITHOUT, "-", "secret"),
)

FAST: Mapping[str, Any] = {
    "host.machine": "n4-standard-2",
    "host.boot_disk": {"size": 30, "type": "hyperdisk-balanced", "iops": 3000, "throughput": 140},
    "host.data_disk": {"size": 50, "type": "hyperdisk-balanced", "iops": 3000, "throughput": 140},
    "host.ssh": {"public_keys": [stacks.PUBLIC_KEY]},
}
AT_GOOGLE: Mapping[str, Any] = {
    "secrets": {"source": "gcp"},
    "apps.web": {**stacks.WEB, "domains": ["shop.example.com"], "secrets": [*KEPT]},
}


def before(stack: Stack) -> dict[str, Any]:
    """The stack as it is, with what it has at Google alone: apps are not what these edits are about."""
    said = {**_prod(), "apps": {}, "rollouts": {}}
    if stack == "fast":
        said["accept_risk"] = [*said["accept_risk"], "os-login-off"]
    for place, value in {"prod": {}, "fast": FAST, "secret": AT_GOOGLE}[stack].items():
        said = _with(said, place, value)
    return said


def after(edit: Edit) -> dict[str, Any]:
    """The stack with the edit."""
    said = _with(before(edit.stack), edit.place, edit.value)
    return said | {"accept_risk": [*said["accept_risk"], *edit.accepts]}


def plan(edit: Edit) -> list[Step]:
    """What the edit would do, as the gate reads it. Raises what the program refuses it with."""
    return compared(_made(edit.stack), _planned(after(edit)))


@cache
def _prod() -> dict[str, Any]:
    return planned.stack_file("prod")


@cache
def _made(stack: Stack) -> tuple[Planned, ...]:
    return _planned(before(stack))


def _planned(said: Mapping[str, Any]) -> tuple[Planned, ...]:
    return tuple(planned.planned(said, "prod", main=planned.GROUND, kept=KEPT))


def _with(said: Mapping[str, Any], place: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(dict(said))
    *path, last = place.split(".")
    section = changed
    for key in path:
        section = section.setdefault(key, {})
    if value is WITHOUT:
        del section[last]
    else:
        section[last] = value
    return changed


def compared(old: Sequence[Planned], new: Sequence[Planned]) -> list[Step]:
    """A plan from two lists of resources in Google Cloud."""
    was, now = ({one.name: one for one in side if one.type.startswith("gcp:")} for side in (old, new))
    gone = [Step("delete", was[name].type, name, name) for name in was if name not in now]
    made = [Step("create", now[name].type, name, name) for name in now if name not in was]
    return [*gone, *made, *(step for name in was if name in now for step in _step(was[name], now[name]))]


def _step(was: Planned, now: Planned) -> Iterator[Step]:
    found = compare.differences(now.type, was.inputs, now.inputs, now.options.ignore_changes or ())
    if found:
        yield Step(compare.operation(found), now.type, now.name, now.name, now.inputs, found)
