"""Compute Engine: what is made refers to what is there, what is used stays, and every change is an operation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.operations import started
from tests.google.fake.plain import merged
from tests.google.fake.world import Key, World, fingerprint, now

_DEFAULTS: dict[str, Json] = {
    "firewalls": {"direction": "INGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": False}},
    "networks": {
        "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    },
    "addresses": {"addressType": "EXTERNAL", "networkTier": "PREMIUM", "status": "RESERVED"},
    "disks": {"status": "READY", "sizeGb": "10", "physicalBlockSizeBytes": "4096"},
    "subnetworks": {"purpose": "PRIVATE", "stackType": "IPV4_ONLY", "privateIpGoogleAccess": False},
    "resourcePolicies": {"status": "READY"},
    "snapshots": {"status": "READY"},
}
_REFERS = ("networks", "subnetworks", "disks", "addresses", "resourcePolicies")
_REFERENCE = re.compile(rf"projects/[^/\"]+/(?:global|regions/[^/\"]+|zones/[^/\"]+)/(?:{'|'.join(_REFERS)})/[^/\"]+")

Prepare = Callable[[Call, str, Json], None]
PREPARE: dict[str, Prepare] = {}
"""Collection → what else making one of it does; the file of that kind registers it."""


@serves("compute.*.insert")
def insert(call: Call) -> Json:
    """Something new, with Google's defaults. Raises GoogleError where it is there or refers to what is not."""
    path = f"{call.path}/{call.body['name']}"
    if call.at(path) in call.world.resources:
        raise errors.exists(path)
    for reference in references(call.body):
        call.world.get(call.at(reference))
    make(call, path, dict(call.body))
    return started(call, path)


def make(call: Call, path: str, body: Json) -> Json:
    """Puts a resource into the world as Google would show it."""
    collection = path.split("/")[-2]
    body = {**json.loads(json.dumps(_DEFAULTS.get(collection, {}))), **body}
    body |= {
        "id": call.world.number(),
        "creationTimestamp": now(),
        "kind": f"compute#{collection.removesuffix('s')}",
        "selfLink": link(call, path),
        "labelFingerprint": fingerprint(body.get("labels", {})),
        "fingerprint": fingerprint(body),
    }
    if place := re.search(r"/(zone|region)s/[^/]+", path):
        body[place[1]] = link(call, path[: place.end()])
    if collection in PREPARE:
        PREPARE[collection](call, path, body)
    return call.world.add(call.at(path), body)


def link(call: Call, path: str) -> str:
    """A path as Google links it."""
    return f"{call.base}/compute/v1/{path}"


def path_of(said: str) -> str:
    """The path in a link, whatever host and version it names."""
    return re.sub(r"^.*?(?=projects/)", "", said)


def references(body: Any) -> Iterator[str]:
    """The paths of all networks, disks, addresses and policies that a body names."""
    yield from _REFERENCE.findall(json.dumps(body))


@serves("compute.*.patch", "compute.*.update")
def patch(call: Call) -> Json:
    """Only what the body has; a given fingerprint must be the current one."""
    target = call.target
    if call.body.get("fingerprint") not in (None, target["fingerprint"]):
        raise errors.stale(call.key[1])
    changed = merged(target, call.body)
    call.world.resources[call.key] = {**changed, "fingerprint": fingerprint([target["fingerprint"], call.body])}
    return started(call, call.key[1])


@serves("compute.*.delete")
def delete(call: Call) -> Json:
    """What nothing else uses. Raises GoogleError 400."""
    target = call.target
    if target.get("deletionProtection"):
        message = (
            f"Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion. {call.path}'."
        )
        raise errors.GoogleError(400, "invalidResourceUsage", message)
    if user := used_by(call.world, call.key):
        raise errors.in_use(call.key[1], user)
    for disk in target.get("disks", []):
        if disk.get("autoDelete"):
            call.world.drop(call.at(path_of(disk["source"])))
    call.world.drop(call.key)
    return started(call, call.key[1])


def used_by(world: World, key: Key) -> str | None:
    """Another compute resource that names this one. A snapshot that is done has a copy, and holds nobody back."""
    address = world.get(key).get("address")
    for other, body in world.resources.items():
        if other[0] != "compute" or other == key or "/snapshots/" in other[1]:
            continue
        if key[1] in references({**body, "selfLink": ""}) or (address and _has_address(body, address)):
            return other[1]
    return None


def _has_address(instance: Json, address: str) -> bool:
    configs = [config for nic in instance.get("networkInterfaces", []) for config in nic.get("accessConfigs", [])]
    return any(config.get("natIP") == address for config in configs)


@serves("compute.*.aggregatedList")
def aggregated(call: Call) -> Json:
    """A collection of all zones or regions."""
    project, collection = call.path.split("/")[1], call.path.rpartition("/")[2]
    found: dict[str, Json] = {}
    for (api, path), body in call.world.resources.items():
        parts = path.split("/")
        if api == "compute" and parts[1] == project and parts[-2] == collection:
            found.setdefault("/".join(parts[2:-2]), {collection: []})[collection].append(body)
    return {"items": found}


@serves("compute.*.setLabels")
def set_labels(call: Call) -> Json:
    """All labels anew; 412 where somebody else wrote since."""
    if call.body.get("labelFingerprint") != call.target["labelFingerprint"]:
        raise errors.stale("Labels")
    labels = call.body.get("labels", {})
    call.target.update(labels=labels, labelFingerprint=fingerprint([call.target["labelFingerprint"], labels]))
    return started(call, call.key[1])


@serves("compute.*.addResourcePolicies")
def add_policies(call: Call) -> Json:
    """Schedules of a disk or an instance."""
    for policy in call.body["resourcePolicies"]:
        call.world.get(call.at(path_of(policy)))
        call.target.setdefault("resourcePolicies", []).append(policy)
    return started(call, call.key[1])


@serves("compute.*.removeResourcePolicies")
def remove_policies(call: Call) -> Json:
    """The same, backwards."""
    gone = {path_of(policy) for policy in call.body["resourcePolicies"]}
    left = [policy for policy in call.target.get("resourcePolicies", []) if path_of(policy) not in gone]
    call.target["resourcePolicies"] = left
    return started(call, call.key[1])


@serves("compute.regions.get", "compute.zones.get")
def place(call: Call) -> Json:
    """Every region and zone is there."""
    name = call.path.rpartition("/")[2]
    return {"name": name, "selfLink": link(call, call.path), "status": "UP"}


def _address(call: Call, path: str, body: Json) -> None:
    taken = {one.get("address") for one in call.world.resources.values()}
    given = call.world.address if call.world.address not in taken else f"203.0.113.{20 + len(taken)}"
    body.setdefault("address", given)


def _subnetwork(call: Call, path: str, body: Json) -> None:
    body.setdefault("gatewayAddress", re.sub(r"[0-9]+/[0-9]+$", "1", body["ipCidrRange"]))


PREPARE |= {"addresses": _address, "subnetworks": _subnetwork}


@serves("compute.subnetworks.setPrivateIpGoogleAccess")
def private_access(call: Call) -> Json:
    """On or off."""
    call.target["privateIpGoogleAccess"] = call.body.get("privateIpGoogleAccess", False)
    return started(call, call.key[1])


@serves("compute.subnetworks.expandIpCidrRange")
def expand(call: Call) -> Json:
    """A larger range."""
    call.target["ipCidrRange"] = call.body["ipCidrRange"]
    return started(call, call.key[1])
