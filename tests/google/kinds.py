"""Pulumi's types in Google's words: which schema a type is, and where its inputs have another name or place there.

The provider's own tables say the same (`services/*/resource_*_meta.yaml` of terraform-provider-google-beta).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.google.documents import Json, document

_PLACE = frozenset({"project", "region", "zone", "location"})
"""In the path of the request, not in its body."""


def _as_it_is(said: Json) -> Json:
    return said


@dataclass(frozen=True)
class Kind:
    """A type of Pulumi's. `schema`: its body, `Policy.bindings[]` for one inside; `aside`: inputs not in it."""

    api: str
    version: str
    schema: str
    insert: str
    aside: frozenset[str] = _PLACE
    body: Callable[[Json], Json] = field(default=_as_it_is)

    def document(self) -> Mapping[str, Any]:
        """The API's document."""
        return document(self.api, self.version)

    def node(self) -> Mapping[str, Any]:
        """The schema itself."""
        first, *inner = self.schema.removesuffix("[]").split(".")
        node: Mapping[str, Any] = self.document()["schemas"][first]
        for name in inner:
            node = node["properties"][name]
        return node["items"] if self.schema.endswith("[]") else node


def renamed(said: Json, names: Mapping[str, str]) -> Json:
    """The same with other names; a dotted one is a level deeper."""
    result: Json = {}
    for key, value in said.items():
        *outer, last = names.get(key, key).split(".")
        place = result
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return result


def _firewall(said: Json) -> Json:
    rules = {"allows": "allowed", "denies": "denied"}
    inside = {
        key: [renamed(rule, {"protocol": "IPProtocol"}) for rule in value] if key in rules else value
        for key, value in said.items()
    }
    return renamed(inside, rules)


_DISK = {"size": "sizeGb", "image": "sourceImage", "snapshot": "sourceSnapshot"}
_NEW_DISK = {"size": "diskSizeGb", "image": "sourceImage", "type": "diskType", "snapshot": "sourceSnapshot"}


def _instance(said: Json) -> Json:
    rest = {key: value for key, value in said.items() if key not in ("bootDisk", "attachedDisks", "metadata", "tags")}
    boot = dict(said["bootDisk"])
    boot["initializeParams"] = renamed(boot["initializeParams"], _NEW_DISK)
    rest["disks"] = [{"boot": True, **boot}, *said.get("attachedDisks", [])]
    rest["metadata"] = {"items": [{"key": key, "value": value} for key, value in said.get("metadata", {}).items()]}
    if "tags" in said:
        rest["tags"] = {"items": said["tags"]}
    rest["networkInterfaces"] = [_interface(one) for one in said["networkInterfaces"]]
    return rest


def _interface(said: Json) -> Json:
    access = [renamed(one, {"natIp": "natIP"}) for one in said.get("accessConfigs", [])]
    return {**said, "accessConfigs": access}


def _attachment(said: Json) -> Json:
    return {"resourcePolicies": [said["name"]]}


def _bucket(said: Json) -> Json:
    result = renamed(
        said,
        {
            "uniformBucketLevelAccess": "iamConfiguration.uniformBucketLevelAccess.enabled",
            "publicAccessPrevention": "iamConfiguration.publicAccessPrevention",
            "lifecycleRules": "lifecycle.rule",
        },
    )
    for rule in result.get("lifecycle", {}).get("rule", []):
        rule["condition"] = _condition(rule["condition"])
    return result


_PLURALS = {
    "matchesPrefixes": "matchesPrefix",
    "matchesSuffixes": "matchesSuffix",
    "matchesStorageClasses": "matchesStorageClass",
}


def _condition(said: Json) -> Json:
    """`withState` of the provider is `isLive` of the API; ANY is neither."""
    result = renamed(said, _PLURALS)
    state = result.pop("withState", "ANY")
    return result if state == "ANY" else {**result, "isLive": {"LIVE": True, "ARCHIVED": False}[state]}


def _binding(said: Json) -> Json:
    return {**{key: value for key, value in said.items() if key != "member"}, "members": [said["member"]]}


def _account(said: Json) -> Json:
    shown = {key: value for key, value in said.items() if key in ("displayName", "description", "disabled")}
    rest = {key: value for key, value in said.items() if key not in shown}
    return {**rest, "serviceAccount": shown}


def _secret(said: Json) -> Json:
    return {**said, "replication": renamed(said["replication"], {"auto": "automatic"})}


def _version(said: Json) -> Json:
    return {"payload": {"data": base64.b64encode(said["secretData"].encode()).decode()}}


def _compute(schema: str, insert: str, *aside: str, body: Callable[[Json], Json] = _as_it_is) -> Kind:
    return Kind("compute", "v1", schema, f"compute.{insert}", _PLACE | set(aside), body)


def _member(api: str, *aside: str, version: str = "v1", schema: str = "Binding") -> Kind:
    return Kind(api, version, schema, "", _PLACE | set(aside), _binding)


_POOLS = "iam.projects.locations.workloadIdentityPools"
_RINGS = "cloudkms.projects.locations.keyRings"
_SECRETS = "secretmanager.projects.secrets"

KINDS: dict[str, Kind] = {
    "gcp:compute/address:Address": _compute("Address", "addresses.insert"),
    "gcp:compute/disk:Disk": _compute(
        "Disk", "disks.insert", "createSnapshotBeforeDestroy", body=lambda said: renamed(said, _DISK)
    ),
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": _compute(
        "DisksAddResourcePoliciesRequest", "disks.addResourcePolicies", "disk", body=_attachment
    ),
    "gcp:compute/firewall:Firewall": _compute("Firewall", "firewalls.insert", body=_firewall),
    "gcp:compute/instance:Instance": _compute("Instance", "instances.insert", "allowStoppingForUpdate", body=_instance),
    "gcp:compute/instanceIAMMember:InstanceIAMMember": _member("compute", "instanceName"),
    "gcp:compute/network:Network": _compute(
        "Network", "networks.insert", body=lambda said: renamed(said, {"routingMode": "routingConfig.routingMode"})
    ),
    "gcp:compute/resourcePolicy:ResourcePolicy": _compute("ResourcePolicy", "resourcePolicies.insert"),
    "gcp:compute/subnetwork:Subnetwork": _compute("Subnetwork", "subnetworks.insert"),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": Kind(
        "iam", "v1", "WorkloadIdentityPool", f"{_POOLS}.create", _PLACE | {"workloadIdentityPoolId"}
    ),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": Kind(
        "iam",
        "v1",
        "WorkloadIdentityPoolProvider",
        f"{_POOLS}.providers.create",
        _PLACE | {"workloadIdentityPoolId", "workloadIdentityPoolProviderId"},
    ),
    "gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember": _member("iap", "instance"),
    "gcp:kms/cryptoKey:CryptoKey": Kind(
        "cloudkms", "v1", "CryptoKey", f"{_RINGS}.cryptoKeys.create", _PLACE | {"name", "keyRing"}
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _member("cloudkms", "cryptoKeyId"),
    "gcp:kms/keyRing:KeyRing": Kind("cloudkms", "v1", "KeyRing", f"{_RINGS}.create", _PLACE | {"name"}),
    "gcp:projects/iAMMember:IAMMember": _member("cloudresourcemanager"),
    "gcp:secretmanager/secret:Secret": Kind(
        "secretmanager", "v1", "Secret", f"{_SECRETS}.create", _PLACE | {"secretId", "deletionProtection"}, _secret
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": _member("secretmanager", "secretId"),
    "gcp:secretmanager/secretVersion:SecretVersion": Kind(
        "secretmanager",
        "v1",
        "AddSecretVersionRequest",
        f"{_SECRETS}.addVersion",
        frozenset({"secret", "deletionPolicy"}),
        _version,
    ),
    "gcp:serviceaccount/account:Account": Kind(
        "iam", "v1", "CreateServiceAccountRequest", "iam.projects.serviceAccounts.create", body=_account
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": _member("iam", "serviceAccountId"),
    "gcp:storage/bucket:Bucket": Kind(
        "storage",
        "v1",
        "Bucket",
        "storage.buckets.insert",
        frozenset({"project", "forceDestroy", "deletionPolicy"}),
        _bucket,
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": _member("storage", "bucket", schema="Policy.bindings[]"),
    "gcp:storage/hmacKey:HmacKey": Kind("storage", "v1", "HmacKeyMetadata", "storage.projects.hmacKeys.create"),
}
"""All that the programs of this repository make in Google Cloud. `insert` is empty where a policy is rewritten."""

DESCRIBED = {
    "Bucket.iamConfiguration.publicAccessPrevention": r"'(\w+)'",
    "Bucket.lifecycle.rule[].action.type": r"\b(Delete|SetStorageClass|AbortIncompleteMultipartUpload)\b",
    "Bucket.storageClass": r"\b([A-Z_]{4,})\b",
    "HmacKeyMetadata.state": r"\b([A-Z]{6,})\b",
}
"""Where a document lists the choices only in its prose: how they look there."""
