"""A bucket of Google Cloud Storage, the one account that may use it, and that account's keys for S3 clients.

Everything is said outright: what is left out is whatever the organisation has set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from components.host import Host
from components.hosts.gce.ground import Ground
from components.hosts.gce.host import ground_of
from components.hosts.gce.resource import Resource
from config.storage import GcsStorage
from config.storage_env import Half

DAY = 24 * 60 * 60
ABANDONED = 7
"""Days after which the parts of an upload that nobody finished go."""
VERSIONS, NONCURRENT = 3, 30
"""Old versions of a file that are kept, and for how many days."""
COLD, WORTH_IT = 30, 60
"""Days after which a backup moves to storage for rare reading, where it is kept longer than this many."""

READER = "roles/storage.objectViewer"
USER = {"media": "roles/storage.objectUser", "backups": "roles/storage.objectCreator"}
"""What apps may do: everything with files of media; with backups only add, neither read nor overwrite."""


def ground(host: Host) -> Ground:
    """The place in Google Cloud of the stack's own machine: the settings know no other machine beside such a bucket."""
    found = ground_of(host)
    assert found is not None
    return found


class Bucket(pulumi.ComponentResource):
    """A `Place` that the stack makes. Apps sign with the first of its keys."""

    folder: str | None = None

    def __init__(self, name: str, section: GcsStorage, *, ground: Ground) -> None:
        super().__init__("tandem:Storage", f"storage-{name}")
        self.name = f"storage-{name}"
        self.section = section
        self.ground = ground
        self.bucket = self._bucket(name)
        account = self._account(name)
        self.keys = {key: self._key(key, account) for key in section.keys}
        writer = self._member("apps", USER[section.purpose], account.told("member"))
        for reader in section.readers:
            self._reader(reader)
        self.needs: Sequence[pulumi.Resource] = [self.bucket, writer]
        self.register_outputs({"bucket": self.bucket.told("name")})

    def key(self, half: Half) -> pulumi.Output[str]:
        """See `Place.key`."""
        first = self.keys[self.section.keys[0]]
        return pulumi.Output.secret(first.told("accessId" if half == "access" else "secret"))

    def identity(self, half: Half) -> str:
        """See `Place.identity`: the key's own name, as Google makes up what it is."""
        return f"{half} of {self.section.keys[0]}"

    def _bucket(self, name: str) -> Resource:
        section, days = self.section, self.section.retention_days
        return Resource(
            "storage/bucket:Bucket",
            self.name,
            {
                "name": section.bucket,
                "project": self.ground.project,
                "location": section.location,
                "storageClass": "STANDARD",
                "uniformBucketLevelAccess": True,
                "publicAccessPrevention": "enforced",
                "versioning": {"enabled": section.keeps_versions},
                "softDeletePolicy": {"retentionDurationSeconds": section.soft_delete(self.ground.profile) * DAY},
                # Never locked: that cannot be taken back, not even by deleting the bucket.
                "retentionPolicy": {"retentionPeriod": str(days * DAY), "isLocked": False} if days else None,
                "lifecycleRules": lifecycle(section),
                "labels": {**self.ground.labels, "storage": name},
                "forceDestroy": self.ground.throwaway,
            },
            self._opts(protected=True),
        )

    def _account(self, name: str) -> Resource:
        """One per bucket: a key is good for everything that its account may do."""
        return Resource(
            "serviceaccount/account:Account",
            f"{self.name}-account",
            {
                "project": self.ground.project,
                "accountId": self.ground.account(f"{name}-s3"),
                "displayName": f"Apps of {self.ground.named()} on the bucket {self.section.bucket}",
            },
            self._opts(),
            tells=["email", "member"],
        )

    def _key(self, key: str, account: Resource) -> Resource:
        return Resource(
            "storage/hmacKey:HmacKey",
            f"{self.name}-key-{key}",
            {"project": self.ground.project, "serviceAccountEmail": account.told("email")},
            self._opts(additional_secret_outputs=["secret"]),
            tells=["accessId", "secret"],
        )

    def _reader(self, email: str) -> Resource:
        return self._member(f"reader-{email.partition('.iam.')[0]}", READER, f"serviceAccount:{email}")

    def _member(self, who: str, role: str, member: pulumi.Input[str]) -> Resource:
        """One right more; those that others have given stay."""
        return Resource(
            "storage/bucketIAMMember:BucketIAMMember",
            f"{self.name}-{who}",
            {"bucket": self.bucket.told("name"), "role": role, "member": member},
            self._opts(),
        )

    def _opts(self, *, protected: bool = False, **more: Any) -> pulumi.ResourceOptions:
        shared = self.ground.opts(protected=protected, **more)
        return pulumi.ResourceOptions.merge(shared, pulumi.ResourceOptions(parent=self))


def lifecycle(section: GcsStorage) -> list[dict[str, Any]]:
    """What goes, or moves, by itself."""
    rules = [_rule("AbortIncompleteMultipartUpload", age=ABANDONED)]
    if section.purpose == "media":
        # Two rules, as one holds only where all its conditions do: a deleted file has no newer version, ever.
        rules.append(_rule("Delete", numNewerVersions=VERSIONS, withState="ARCHIVED"))
        rules.append(_rule("Delete", daysSinceNoncurrentTime=NONCURRENT, withState="ARCHIVED"))
    if section.keep_days is not None:
        rules.append(_rule("Delete", age=section.keep_days, withState="ANY"))
        if section.keep_days > WORTH_IT:
            cold = {"type": "SetStorageClass", "storageClass": "NEARLINE"}
            rules.append({"action": cold, "condition": {"age": COLD, "matchesStorageClasses": ["STANDARD"]}})
    return rules


def _rule(action: str, **condition: int | str) -> dict[str, Any]:
    return {"action": {"type": action}, "condition": condition}
