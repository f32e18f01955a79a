"""All who answer; each registers itself when it is imported."""

from tests.google.fake import (
    compute,
    disks,
    iam,
    instances,
    kms,
    operations,
    plain,
    policies,
    resourcemanager,
    secretmanager,
    storage,
)

EVERYBODY = (
    compute, disks, iam, instances, kms, operations, plain, policies, resourcemanager, secretmanager, storage,
)  # fmt: skip
