"""Key rings and keys, which are never deleted; only their versions are destroyed."""

from __future__ import annotations

from tests.google.documents import Json
from tests.google.fake.call import Call, serves
from tests.google.fake.plain import new_name, stamped
from tests.google.fake.world import now

_KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys"


@serves("cloudkms.projects.locations.keyRings.create")
def create_ring(call: Call) -> Json:
    """A ring."""
    path = f"{call.path}/{new_name(call)}"
    return call.world.add(call.at(path), {"name": path, "createTime": now()})


@serves(f"{_KEYS}.create")
def create_key(call: Call) -> Json:
    """A key with its first version."""
    path = f"{call.path}/{new_name(call)}"
    template = {"protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"}
    given = {"versionTemplate": template, "destroyScheduledDuration": "2592000s"}
    body = call.world.add(call.at(path), {**given, **call.body, "name": path})
    version = f"{path}/cryptoKeyVersions/1"
    call.world.add(call.at(version), {"name": version, "state": "ENABLED", "createTime": now(), **template})
    body["primary"] = call.world.get(call.at(version))
    return stamped(body)


@serves(f"{_KEYS}.cryptoKeyVersions.destroy")
def destroy(call: Call) -> Json:
    """Scheduled, not at once."""
    call.target["state"] = "DESTROY_SCHEDULED"
    return call.target
