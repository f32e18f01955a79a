"""Where state is kept and what encrypts it. A state that is lost or read by a stranger is the worst that can happen."""

from __future__ import annotations

import pulumi
from pulumi_gcp import kms, storage

from identity import settings

DAY = 24 * 60 * 60
LABELS = {"made-by": "tandem-identity"}


class KeyRing(pulumi.ComponentResource):
    """The ring that holds all keys; Google never deletes one."""

    def __init__(self, name: str, home: settings.Home) -> None:
        super().__init__("tandem:identity:KeyRing", name, {}, None)
        self.home = home
        self.ring = kms.KeyRing(
            name,
            name="tandem",
            project=home.project,
            location=home.location,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.register_outputs({})


class Store(pulumi.ComponentResource):
    """State bucket and key of one environment, which no other environment's accounts can open."""

    def __init__(self, name: str, ring: KeyRing) -> None:
        super().__init__("tandem:identity:Store", name, {}, None)
        kept = pulumi.ResourceOptions(parent=self, protect=True)
        self.bucket = storage.Bucket(
            f"{name}-state",
            name=f"{ring.home.bucket}-{name}",
            project=ring.home.project,
            location=ring.home.location,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            force_destroy=False,
            versioning={"enabled": True},
            soft_delete_policy={"retention_duration_seconds": 30 * DAY},
            # The engine writes a new state several times an update: a month of them is enough, a year is a bill.
            lifecycle_rules=[
                {
                    "action": {"type": "Delete"},
                    "condition": {
                        "with_state": "ARCHIVED",
                        "num_newer_versions": 100,
                        "days_since_noncurrent_time": 30,
                    },
                }
            ],
            labels=LABELS,
            opts=kept,
        )
        self.key = kms.CryptoKey(
            f"{name}-key",
            name=name,
            key_ring=ring.ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{90 * DAY}s",
            destroy_scheduled_duration=f"{30 * DAY}s",
            labels=LABELS,
            opts=kept,
        )
        self.backend = pulumi.Output.concat("gs://", self.bucket.name)
        self.secrets_provider = pulumi.Output.concat("gcpkms://", self.key.id)
        self.register_outputs({"backend": self.backend, "secretsProvider": self.secrets_provider})
