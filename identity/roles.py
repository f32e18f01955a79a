"""What the accounts of CI may do: the least that plans, and the least that applies. docs/identity.md says why each."""

from __future__ import annotations

PLAN = ("roles/viewer", "roles/iam.securityReviewer")
"""In the environment's project: reads everything but data, changes nothing."""

APPLY: dict[str, tuple[str, ...]] = {
    "roles/compute.instanceAdmin.v1": (
        "gcp:compute/disk:Disk",
        "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment",
        "gcp:compute/instance:Instance",
        "gcp:compute/instanceIAMMember:InstanceIAMMember",
        "gcp:compute/resourcePolicy:ResourcePolicy",
    ),
    "roles/compute.networkAdmin": (
        "gcp:compute/address:Address",
        "gcp:compute/network:Network",
        "gcp:compute/subnetwork:Subnetwork",
    ),
    "roles/compute.securityAdmin": ("gcp:compute/firewall:Firewall",),
    "roles/iam.serviceAccountAdmin": ("gcp:serviceaccount/account:Account", "gcp:serviceaccount/iAMMember:IAMMember"),
    "roles/iam.serviceAccountUser": (),
    "roles/iap.admin": ("gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember",),
    "roles/storage.admin": ("gcp:storage/bucket:Bucket", "gcp:storage/bucketIAMMember:BucketIAMMember"),
    "roles/storage.hmacKeyAdmin": ("gcp:storage/hmacKey:HmacKey",),
}
"""Role in the environment's project → the types of resources it makes.

`iam.serviceAccountUser` makes none: it lets a machine run as its account."""

GRANTS = "roles/resourcemanager.projectIamAdmin"
"""Makes `gcp:projects/iAMMember:IAMMember`, and could make its holder owner: only ever with the condition below."""

GRANTABLE = ("roles/logging.logWriter", "roles/monitoring.metricWriter")
"""All that the apply account may give to others in the project: what `components.hosts.gce.identity` gives."""

CONDITION = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{roles}])".format(
    roles=", ".join(f"'{role}'" for role in GRANTABLE)
)

STATE = {"plan": "roles/storage.objectViewer", "apply": "roles/storage.objectUser"}
"""On the environment's state bucket. A preview takes no lock, so it needs no write."""

KEY = {"plan": "roles/cloudkms.cryptoKeyDecrypter", "apply": "roles/cloudkms.cryptoKeyEncrypterDecrypter"}
"""On the environment's key."""
