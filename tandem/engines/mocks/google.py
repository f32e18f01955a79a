"""What Google Cloud adds to what it is asked to make: ids, addresses, e-mails. For programs on mocked resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ADDRESS = "198.51.100.7"
"""Of every reserved address."""
GUEST_ATTRIBUTES = "gcp:compute/getInstanceGuestAttributes:getInstanceGuestAttributes"
"""The lookup of what an instance's guest agent writes down."""
SECRET_VERSION = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"  # noqa: S105  (a lookup's name)
"""The lookup of a secret's value."""
SECRETS = "gcp:secretmanager/getSecrets:getSecrets"
"""The lookup of what secrets there are."""
API = "https://www.googleapis.com/compute/v1"

PROJECT_NUMBER = "123456789012"
_POOLS = f"projects/{PROJECT_NUMBER}/locations/global/workloadIdentityPools"
_BELOW_A_PROJECT = {
    "workloadIdentityPool": _POOLS + "/{workloadIdentityPoolId}",
    "workloadIdentityPoolProvider": _POOLS + "/{workloadIdentityPoolId}/providers/{workloadIdentityPoolProviderId}",
    "keyRing": "projects/{project}/locations/{location}/keyRings/{name}",
    "cryptoKey": "{keyRing}/cryptoKeys/{name}",
}

_PLURALS = {
    "address": "addresses",
    "disk": "disks",
    "firewall": "firewalls",
    "instance": "instances",
    "network": "networks",
    "resourcePolicy": "resourcePolicies",
    "subnetwork": "subnetworks",
}


def made(token: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Id and state of a resource. Unknown types get an id and what was asked."""
    kind = token.rpartition("/")[2].partition(":")[0]
    if token in _MADE:
        return _MADE[token](inputs)
    if token.startswith("gcp:compute/") and kind in _PLURALS:
        path = f"projects/{inputs['project']}/{_scope(inputs)}/{_PLURALS[kind]}/{inputs['name']}"
        return path, {**inputs, "selfLink": f"{API}/{path}", **_COMPUTED.get(kind, _nothing)(inputs)}
    if kind in _BELOW_A_PROJECT:
        path = _BELOW_A_PROJECT[kind].format_map(inputs)
        return path, {**inputs, "name": inputs.get("name", path)}
    return f"{kind}-id", dict(inputs)


def host_keys(*keys: str) -> dict[str, Any]:
    """What a guest agent has written down: the answer to `GUEST_ATTRIBUTES`."""
    values = [{"namespace": "hostkeys", "key": key.split()[0], "value": key.split()[1]} for key in keys]
    return {"queryPath": "hostkeys/", "queryValues": values}


def _scope(inputs: Mapping[str, Any]) -> str:
    for scope in ("zone", "region"):
        if inputs.get(scope):
            return f"{scope}s/{inputs[scope]}"
    return "global"


def _nothing(_inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _instance(inputs: Mapping[str, Any]) -> dict[str, Any]:
    disk = f"{API}/projects/{inputs['project']}/zones/{inputs['zone']}/disks/{inputs['name']}"
    return {
        "instanceId": "4455667788990011223",
        "cpuPlatform": "Intel Broadwell",
        "currentStatus": "RUNNING",
        "bootDisk": {**inputs["bootDisk"], "source": disk},
        "metadataFingerprint": "aGVsbG8=",
    }


def _address(_inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"address": ADDRESS}


def _account(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
    path = f"projects/{inputs['project']}/serviceAccounts/{email}"
    own = {"email": email, "member": f"serviceAccount:{email}", "name": path, "uniqueId": "112233445566778899001"}
    return path, {**inputs, **own}


def _bucket(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    own = {"url": f"gs://{inputs['name']}", "selfLink": f"https://www.googleapis.com/storage/v1/b/{inputs['name']}"}
    return inputs["name"], {**inputs, **own}


def _hmac_key(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    own = {"accessId": "GOOG1E" + "0123456789ABCDEF01", "secret": "made-by-google", "state": "ACTIVE"}
    return f"projects/{inputs.get('project')}/hmacKeys/{own['accessId']}", {**own, **inputs}


def _secret(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    path = f"projects/{inputs['project']}/secrets/{inputs['secretId']}"
    return path, {**inputs, "name": path}


def _secret_version(inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    path = f"{inputs['secret']}/versions/1"
    return path, {**inputs, "name": path, "version": "1"}


_MADE: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]] = {
    "gcp:serviceaccount/account:Account": _account,
    "gcp:storage/bucket:Bucket": _bucket,
    "gcp:storage/hmacKey:HmacKey": _hmac_key,
    "gcp:secretmanager/secret:Secret": _secret,
    "gcp:secretmanager/secretVersion:SecretVersion": _secret_version,
}
_COMPUTED = {"address": _address, "instance": _instance}
