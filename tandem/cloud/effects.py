"""What a changed property of a Google Cloud resource does to the resource: data, each with its source. Pure.

The provider's own preview tells a replacement from an update; it does not tell that an update stops the machine. And
without a provider (on mocks) nobody tells either: then this table is all there is. A test compares both
wherever that is present.

Sources: hashicorp/terraform-provider-google-beta v7.45, google-beta/services/{compute,storage,secretmanager,sql,kms}:
`ForceNew: true`, `CustomizeDiff`, and of instances the list under which `resourceComputeInstanceUpdate` stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["replace", "stop", "in place"]


@dataclass(frozen=True)
class Kind:
    """A type. Paths are without list indices, and mean all that is below them; the longest that fits counts.

    `replaces`: another value means another object. `stops`: the instance is off meanwhile. `grows`: more is in place,
    less means another object. `keeps`: below one that replaces, but in place all the same.
    """

    noun: str
    replaces: tuple[str, ...]
    stops: tuple[str, ...] = ()
    grows: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


INSTANCE = "gcp:compute/instance:Instance"
DISK = "gcp:compute/disk:Disk"
ADDRESS = "gcp:compute/address:Address"
BUCKET = "gcp:storage/bucket:Bucket"
HMAC_KEY = "gcp:storage/hmacKey:HmacKey"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105  (a type's name)

KINDS: dict[str, Kind] = {
    INSTANCE: Kind(
        "the machine",
        replaces=(
            "name",
            "zone",
            "project",
            "hostname",
            "bootDisk",
            "metadataStartupScript",
            "networkInterfaces.nicType",
            "networkInterfaces.queueCount",
            "networkInterfaces.networkAttachment",
            "scheduling.preemptible",
            "scheduling.provisioningModel",
            "scheduling.maxRunDuration",
            "scratchDisks",
            "guestAccelerators",
            "confidentialInstanceConfig",
            "reservationAffinity",
            "params",
            "keyRevocationActionType",
        ),
        stops=(
            "machineType",
            "serviceAccount",
            "shieldedInstanceConfig",
            "minCpuPlatform",
            "enableDisplay",
            "advancedMachineFeatures",
            "networkInterfaces.network",
            "networkInterfaces.subnetwork",
        ),
        grows=("bootDisk.initializeParams.size",),
        keeps=("bootDisk.autoDelete", "bootDisk.initializeParams.labels"),
    ),
    DISK: Kind(
        "the data disk",
        replaces=("name", "zone", "project", "type", "image", "snapshot", "description", "diskEncryptionKey"),
        grows=("size",),
    ),
    ADDRESS: Kind(
        "the address",
        replaces=(
            "name",
            "region",
            "project",
            "address",
            "addressType",
            "networkTier",
            "description",
            "purpose",
            "subnetwork",
        ),
    ),
    BUCKET: Kind(
        "a bucket",
        replaces=(
            "name",
            "location",
            "project",
            "customPlacementConfig",
            "enableObjectRetention",
            "hierarchicalNamespace",
        ),
    ),
    SECRET: Kind("a secret", replaces=("secretId", "replication", "project")),
    "gcp:secretmanager/secretVersion:SecretVersion": Kind("a secret's value", replaces=("secret", "secretData")),
    "gcp:kms/cryptoKey:CryptoKey": Kind("a key", replaces=("name", "keyRing", "purpose", "importOnly")),
    "gcp:kms/keyRing:KeyRing": Kind("a key ring", replaces=("name", "location", "project")),
    "gcp:sql/databaseInstance:DatabaseInstance": Kind(
        "a database", replaces=("name", "region", "project", "masterInstanceName", "encryptionKeyName")
    ),
    "gcp:compute/firewall:Firewall": Kind("a firewall rule", replaces=("name", "direction", "project")),
    "gcp:compute/network:Network": Kind(
        "the network", replaces=("name", "autoCreateSubnetworks", "description", "project")
    ),
    "gcp:compute/subnetwork:Subnetwork": Kind(
        "the subnet", replaces=("name", "region", "network", "description", "project")
    ),
    "gcp:compute/resourcePolicy:ResourcePolicy": Kind("the snapshot policy", replaces=("name", "region", "project")),
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": Kind(
        "a disk's snapshot policy", replaces=("name", "disk", "zone", "project")
    ),
    "gcp:serviceaccount/account:Account": Kind("a service account", replaces=("accountId", "project")),
    HMAC_KEY: Kind("an HMAC key", replaces=("serviceAccountEmail", "project")),
    **{
        f"gcp:{token}": Kind(
            "a right",
            replaces=(
                "member",
                "role",
                "project",
                "zone",
                "instance",
                "instanceName",
                "bucket",
                "serviceAccountId",
                "secretId",
            ),
        )
        for token in (
            "projects/iAMMember:IAMMember",
            "serviceaccount/iAMMember:IAMMember",
            "compute/instanceIAMMember:InstanceIAMMember",
            "iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember",
            "storage/bucketIAMMember:BucketIAMMember",
            "secretmanager/secretIamMember:SecretIamMember",
        )
    },
}

PROTECTED = frozenset(
    {
        INSTANCE,
        DISK,
        ADDRESS,
        BUCKET,
        SECRET,
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:kms/keyRing:KeyRing",
        "gcp:sql/databaseInstance:DatabaseInstance",
    }
)
"""What no update may delete or replace on its way: it holds data, or others know it by its name or number."""


def noun(type_token: str) -> str:
    """What a person calls it."""
    kind = KINDS.get(type_token)
    return kind.noun if kind else type_token.rpartition(":")[2].lower()


def effect(type_token: str, path: str, old: Any = None, new: Any = None) -> Effect | None:
    """What a changed property does; None for a type that the table does not know."""
    kind = KINDS.get(type_token)
    if kind is None:
        return None
    plain = re.sub(r"\[[^\]]*\]", "", path)
    found: tuple[int, Effect] = (0, "in place")
    for paths, does in ((kind.replaces, "replace"), (kind.stops, "stop"), (kind.keeps, "in place")):
        found = max(found, (_reach(plain, paths), does))  # type: ignore[assignment]
    if plain in kind.grows:
        return "replace" if _less(old, new) else "in place"
    return found[1] if found[0] else "in place"


def stops(paths: Iterable[str]) -> list[str]:
    """Those properties of an instance that cannot be changed while it runs."""
    return [path for path in paths if effect(INSTANCE, path) == "stop"]


def _reach(path: str, known: Iterable[str]) -> int:
    """The length of the longest known path that `path` is at or below."""
    return max((len(one) for one in known if path == one or path.startswith(f"{one}.")), default=0)


def _less(old: Any, new: Any) -> bool:
    return isinstance(old, (int, float)) and isinstance(new, (int, float)) and new < old
