"""Instances: what they bring along when they are made, and what may be changed while they run."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.compute import PREPARE, make, path_of, used_by
from tests.google.fake.operations import started
from tests.google.fake.world import fingerprint, now

_FAMILIES = re.compile(r"(?:e2|f1|g1|n1|n2|n2d|n4|c2|c2d|c3|c3d|c4|t2d|t2a|m1|m2|m3|m4|a2|a3|g2|z3|h3)-[a-z0-9-]+")
_EPHEMERAL = "203.0.113.11"


def _instance(call: Call, path: str, body: Json) -> None:
    zone_path = path.rpartition("/instances/")[0]
    _check_machine(call, body["machineType"])
    for account in body.get("serviceAccounts", []):
        _check_account(call, account["email"])
    _metadata(body, body.get("metadata", {}).get("items", []))
    body["tags"] = {**body.get("tags", {}), "fingerprint": fingerprint(body.get("tags"))}
    given = {"onHostMaintenance": "MIGRATE", "automaticRestart": True, "preemptible": False}
    body["scheduling"] = {**given, "provisioningModel": "STANDARD", **body.get("scheduling", {})}
    for at, nic in enumerate(body.get("networkInterfaces", [])):
        _interface(call, at, nic)
    for at, disk in enumerate(body.get("disks", [])):
        _attached(call, zone_path, at, disk, body["name"])
    body |= {"status": "RUNNING", "cpuPlatform": "Intel Broadwell", "startRestricted": False}
    body |= {"lastStartTimestamp": now(), "deletionProtection": body.get("deletionProtection", False)}
    call.world.agent(body, True)


PREPARE["instances"] = _instance


def _check_machine(call: Call, said: str) -> None:
    found = re.search(r"zones/([^/]+)/machineTypes/([^/]+)$", said)
    if not found or not _FAMILIES.fullmatch(found[2]) or (found[1], found[2]) in call.world.machines_missing:
        zone, machine = (found[1], found[2]) if found else ("?", said)
        reason = f"Machine type with name '{machine}' does not exist in zone '{zone}'."
        raise errors.invalid(f"Invalid value for field 'resource.machineType': '{said}'. {reason}")


def _check_account(call: Call, email: str) -> None:
    project = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
    path = f"projects/{project}/serviceAccounts/{email}"
    if project in call.world.projects and ("iam", path) not in call.world.resources:
        raise errors.invalid(f"The resource '{path}' of type 'serviceAccount' was not found.")


def _metadata(instance: Json, items: list[Json]) -> None:
    mark = fingerprint([instance.get("metadata", {}).get("fingerprint"), items])
    instance["metadata"] = {"kind": "compute#metadata", "items": items, "fingerprint": mark}


def _interface(call: Call, at: int, nic: Json) -> None:
    subnetwork = call.world.get(call.at(path_of(nic["subnetwork"]))) if nic.get("subnetwork") else {}
    if subnetwork:
        nic.setdefault("network", subnetwork["network"])
        nic.setdefault("networkIP", re.sub(r"[0-9]+/[0-9]+$", "2", subnetwork["ipCidrRange"]))
    nic |= {"name": f"nic{at}", "fingerprint": fingerprint(nic), "stackType": nic.get("stackType", "IPV4_ONLY")}
    for config in nic.get("accessConfigs", []):
        _access(call, config)


def _access(call: Call, config: Json) -> None:
    address = config.setdefault("natIP", _EPHEMERAL)
    reserved = [one for one in call.world.resources.items() if one[1].get("address") == address]
    if address != _EPHEMERAL and not reserved:
        raise errors.invalid(
            f"Invalid value for field 'natIP': '{address}'. The specified external IP address was not found."
        )
    for key, _ in reserved:
        if user := used_by(call.world, key):
            raise errors.in_use(key[1], user)
    for name, value in (("name", "external-nat"), ("type", "ONE_TO_ONE_NAT"), ("networkTier", "PREMIUM")):
        config.setdefault(name, value)


def _attached(call: Call, zone: str, at: int, disk: Json, instance: str) -> None:
    if begun := disk.pop("initializeParams", None):
        name = begun.get("diskName") or instance
        body = {"name": name, "sizeGb": str(begun.get("diskSizeGb") or "10"), "architecture": "X86_64"}
        body |= {key: begun[key] for key in ("provisionedIops", "provisionedThroughput") if key in begun}
        given = {"type": begun.get("diskType"), "sourceImage": begun.get("sourceImage"), "labels": begun.get("labels")}
        body |= {key: value for key, value in given.items() if value}
        disk["source"] = make(call, f"{zone}/disks/{name}", body)["selfLink"]
    else:
        source = call.at(path_of(disk["source"]))
        call.world.get(source)
        if user := used_by(call.world, source):
            raise errors.in_use(source[1], user)
    for key, value in (("deviceName", f"persistent-disk-{at}"), ("mode", "READ_WRITE"), ("type", "PERSISTENT")):
        disk.setdefault(key, value)
    disk |= {"index": at, "interface": disk.get("interface", "SCSI"), "autoDelete": disk.get("autoDelete", False)}


@serves("compute.instances.setMetadata")
def set_metadata(call: Call) -> Json:
    """All metadata anew; 412 where somebody else wrote since."""
    if call.body.get("fingerprint") != call.target["metadata"]["fingerprint"]:
        raise errors.stale("Supplied metadata")
    _metadata(call.target, call.body.get("items", []))
    call.world.agent(call.target, False)
    return started(call, call.key[1])


@serves("compute.instances.setTags")
def set_tags(call: Call) -> Json:
    """The same for tags."""
    if call.body.get("fingerprint") != call.target["tags"]["fingerprint"]:
        raise errors.stale("Supplied tags")
    call.target["tags"] = {**call.body, "fingerprint": fingerprint([call.body.get("fingerprint"), call.body])}
    return started(call, call.key[1])


@serves("compute.instances.start")
def start(call: Call) -> Json:
    """It runs."""
    call.target.update(status="RUNNING", lastStartTimestamp=now())
    call.world.agent(call.target, True)
    return started(call, call.key[1])


@serves("compute.instances.stop")
def stop(call: Call) -> Json:
    """It is off."""
    call.target["status"] = "TERMINATED"
    return started(call, call.key[1])


def _machine(call: Call) -> None:
    _check_machine(call, call.body["machineType"])
    call.target["machineType"] = call.body["machineType"]


def _account(call: Call) -> None:
    _check_account(call, call.body["email"])
    call.target["serviceAccounts"] = [call.body]


def _platform(call: Call) -> None:
    call.target["minCpuPlatform"] = call.body.get("minCpuPlatform", "")


def _shield(call: Call) -> None:
    call.target["shieldedInstanceConfig"] = call.body


def _display(call: Call) -> None:
    call.target["displayDevice"] = call.body


_STOPPED: dict[str, Callable[[Call], None]] = {
    "compute.instances.setMachineType": _machine,
    "compute.instances.setServiceAccount": _account,
    "compute.instances.setMinCpuPlatform": _platform,
    "compute.instances.updateShieldedInstanceConfig": _shield,
    "compute.instances.updateDisplayDevice": _display,
}
"""What only a stopped instance takes."""


@serves(*_STOPPED)
def while_stopped(call: Call) -> Json:
    """A change of a stopped instance. Raises GoogleError 400 where it runs."""
    if call.target["status"] != "TERMINATED":
        message = f"The resource '{call.key[1]}' must be stopped (status is {call.target['status']})"
        raise errors.GoogleError(400, "resourceNotReady", message)
    _STOPPED[call.method.id](call)
    return started(call, call.key[1])


def _protection(call: Call) -> None:
    call.target["deletionProtection"] = call.query.get("deletionProtection", "true") != "false"


def _scheduling(call: Call) -> None:
    call.target["scheduling"] = {**call.target["scheduling"], **call.body}


def _integrity(call: Call) -> None:
    call.target["shieldedInstanceIntegrityPolicy"] = call.body


def _auto_delete(call: Call) -> None:
    _one(call.target["disks"], "deviceName", call.query["deviceName"])["autoDelete"] = (
        call.query["autoDelete"] == "true"
    )


def _attach(call: Call) -> None:
    disk = dict(call.body)
    _attached(call, call.key[1].rpartition("/instances/")[0], len(call.target["disks"]), disk, call.target["name"])
    call.target["disks"].append(disk)


def _detach(call: Call) -> None:
    call.target["disks"].remove(_one(call.target["disks"], "deviceName", call.query["deviceName"]))


def _add_access(call: Call) -> None:
    config = dict(call.body)
    _access(call, config)
    nic = _one(call.target["networkInterfaces"], "name", call.query["networkInterface"])
    nic.setdefault("accessConfigs", []).append(config)


def _remove_access(call: Call) -> None:
    nic = _one(call.target["networkInterfaces"], "name", call.query["networkInterface"])
    nic["accessConfigs"].remove(_one(nic["accessConfigs"], "name", call.query["accessConfig"]))


_RUNNING: dict[str, Callable[[Call], None]] = {
    "compute.instances.setDeletionProtection": _protection,
    "compute.instances.setScheduling": _scheduling,
    "compute.instances.setShieldedInstanceIntegrityPolicy": _integrity,
    "compute.instances.setDiskAutoDelete": _auto_delete,
    "compute.instances.attachDisk": _attach,
    "compute.instances.detachDisk": _detach,
    "compute.instances.addAccessConfig": _add_access,
    "compute.instances.deleteAccessConfig": _remove_access,
}


@serves(*_RUNNING)
def while_running(call: Call) -> Json:
    """A change that needs no stop."""
    _RUNNING[call.method.id](call)
    return started(call, call.key[1])


def _one(among: list[Json], name: str, value: str) -> Json:
    for one in among:
        if one.get(name) == value:
            return one
    raise errors.not_found(value)


@serves("compute.instances.getGuestAttributes")
def guest_attributes(call: Call) -> Json:
    """The host keys that the guest agent published. Raises GoogleError 404 where it has not, or may not."""
    items = call.target["metadata"]["items"]
    allowed = any(item["key"] == "enable-guest-attributes" and item["value"].upper() == "TRUE" for item in items)
    if not allowed or not call.world.host_keys:
        raise errors.not_found(f"{call.path}/{call.query.get('queryPath', '')}")
    values = [{"namespace": "hostkeys", "key": kind, "value": key} for kind, key in call.world.host_keys.items()]
    return {"kind": "compute#guestAttributes", "queryPath": "hostkeys/", "queryValue": {"items": values}}
