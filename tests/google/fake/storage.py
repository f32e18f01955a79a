"""Buckets, what is in them, and HMAC keys."""

from __future__ import annotations

import base64
import hashlib

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.plain import merged
from tests.google.fake.world import fingerprint, now


@serves("storage.buckets.insert")
def insert(call: Call) -> Json:
    """A bucket, unless its name is taken in the whole world. Raises GoogleError 409."""
    name = call.body["name"]
    if call.query.get("project") not in call.world.projects:
        raise errors.GoogleError(400, "invalid", f"Unknown project id: {call.query.get('project')}")
    if name in call.world.buckets_of_others or call.at(f"b/{name}") in call.world.resources:
        raise errors.bucket_taken()
    body = {
        "kind": "storage#bucket",
        "id": name,
        "projectNumber": call.world.projects[call.query["project"]],
        "metageneration": "0",
        "timeCreated": now(),
        "storageClass": "STANDARD",
        "selfLink": f"{call.base}/storage/v1/b/{name}",
        "softDeletePolicy": {"retentionDurationSeconds": "604800"},
        "iamConfiguration": {"publicAccessPrevention": "inherited"},
        **call.body,
        "location": call.body.get("location", "US").upper(),
    }
    return _written(call.world.add(call.at(f"b/{name}"), body))


@serves("storage.buckets.patch")
def patch(call: Call) -> Json:
    """A merge patch."""
    call.world.resources[call.key] = merged(call.target, call.body)
    return _written(call.target)


@serves("storage.buckets.delete")
def delete(call: Call) -> Json:
    """Only an empty one. Raises GoogleError 409."""
    name = call.target["name"]
    if call.world.objects.get(name):
        raise errors.GoogleError(409, "conflict", "The bucket you tried to delete is not empty.")
    call.world.drop(call.key)
    return {}


@serves("storage.buckets.lockRetentionPolicy")
def lock(call: Call) -> Json:
    """For ever."""
    call.target["retentionPolicy"]["isLocked"] = True
    return _written(call.target)


def _written(bucket: Json) -> Json:
    bucket["metageneration"] = str(int(bucket["metageneration"]) + 1)
    bucket["etag"] = fingerprint(bucket["metageneration"])
    for policy in ("retentionPolicy", "softDeletePolicy"):
        if policy in bucket:
            bucket[policy].setdefault("effectiveTime", now())
    return bucket


@serves("storage.objects.list")
def objects(call: Call) -> Json:
    """What is in a bucket."""
    bucket = call.found.values["bucket"]
    call.world.get(call.at(f"b/{bucket}"))
    return {"kind": "storage#objects", "items": list(call.world.objects.get(bucket, {}).values())}


@serves("storage.objects.delete")
def delete_object(call: Call) -> Json:
    """One file."""
    inside = call.world.objects.get(call.found.values["bucket"], {})
    if inside.pop(call.found.values["object"], None) is None:
        raise errors.not_found(call.path)
    return {}


@serves("storage.anywhereCaches.list", "storage.folders.list", "storage.managedFolders.list")
def none_there(call: Call) -> Json:
    """Nobody makes these."""
    return {"items": []}


@serves("storage.projects.hmacKeys.create")
def make_key(call: Call) -> Json:
    """A key of a service account that is there; its secret is said only now."""
    email, number = call.query["serviceAccountEmail"], call.world.number()
    owner = f"projects/{call.project}/serviceAccounts/{email}"
    call.world.get(("iam", owner))
    access = "GOOG1E" + hashlib.sha256(number.encode()).hexdigest()[:55].upper()
    metadata = {
        "kind": "storage#hmacKeyMetadata",
        "accessId": access,
        "id": f"{call.project}/{access}",
        "state": "ACTIVE",
        "serviceAccountEmail": email,
        "projectId": call.project,
        "timeCreated": now(),
        "updated": now(),
    }
    call.world.add(call.at(f"{call.path}/{access}"), metadata)
    secret = base64.b64encode(hashlib.sha256(access.encode()).digest()[:30]).decode()
    return {"kind": "storage#hmacKey", "secret": secret, "metadata": metadata}


@serves("storage.projects.hmacKeys.update")
def set_state(call: Call) -> Json:
    """ACTIVE or INACTIVE."""
    call.target.update(state=call.body["state"], updated=now())
    return call.target


@serves("storage.projects.hmacKeys.delete")
def delete_key(call: Call) -> Json:
    """Only an inactive one. Raises GoogleError 400."""
    if call.target["state"] != "INACTIVE":
        raise errors.invalid("Cannot delete keys in state ACTIVE.")
    call.world.drop(call.key)
    return {}
