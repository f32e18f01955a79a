"""Rules about what must not be lost, and who may read it: disks and buckets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy.planned import Planned, is_unknown, of
from policy.rule import Context, rule

INSTANCE, DISK, BUCKET = "compute/instance:Instance", "compute/disk:Disk", "storage/bucket:Bucket"
KEEP = (INSTANCE, DISK, "compute/address:Address", BUCKET)
Broken = Iterator[tuple[str, str]]


@rule("no-protection", "Instance, disks, address and buckets refuse to be deleted", since="prod")
def protection(resources: Sequence[Planned], _context: Context) -> Broken:
    """By Pulumi's `protect`, and the instance by Google too."""
    for resource in of(resources, *KEEP):
        if resource.options.protect is False:
            yield resource.name, "may be deleted by an update"
    for machine in of(resources, INSTANCE):
        if machine.at("deletionProtection") is not True:
            yield machine.name, "may be deleted in the console"


@rule("no-snapshots", "Every disk has daily snapshots, which outlive it", since="prod")
def snapshots(resources: Sequence[Planned], _context: Context) -> Broken:
    """The boot disk too: it holds what the machine was."""
    disks = [*of(resources, INSTANCE, DISK)]
    attached = [*of(resources, "compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment")]
    if len(attached) < len(disks):
        yield disks[0].name, f"{len(disks)} disks, {len(attached)} of them with snapshots"
    for policy in of(resources, "compute/resourcePolicy:ResourcePolicy"):
        kept = policy.at("snapshotSchedulePolicy.retentionPolicy.onSourceDiskDelete")
        if policy.at("snapshotSchedulePolicy") and kept == "APPLY_RETENTION_POLICY":
            yield policy.name, "lets snapshots go with their disk"


@rule("uniform-access", "Rights on a bucket hold for all of it", "CIS 5.2", "CKV_GCP_29")
def uniform_access(resources: Sequence[Planned], _context: Context) -> Broken:
    """Rights of single files are seen by nobody."""
    for bucket in of(resources, BUCKET):
        if bucket.at("uniformBucketLevelAccess") is not True:
            yield bucket.name, "may give rights file by file"


@rule("public-bucket", "A bucket can never be made public", "CKV_GCP_114")
def public_bucket(resources: Sequence[Planned], _context: Context) -> Broken:
    """Whatever rights somebody gives."""
    for bucket in of(resources, BUCKET):
        if bucket.at("publicAccessPrevention") != "enforced":
            yield bucket.name, "can be made public"


@rule("no-versioning", "Overwritten and deleted files are kept", "CKV_GCP_78", since="prod")
def versioning(resources: Sequence[Planned], _context: Context) -> Broken:
    """For the time that the bucket's lifecycle says."""
    for bucket in of(resources, BUCKET):
        if bucket.at("versioning.enabled") is not True and not bucket.at("retentionPolicy"):
            yield bucket.name, "keeps no overwritten files"


@rule("soft-delete-off", "Deleted files can be brought back for some days", since="prod")
def soft_delete(resources: Sequence[Planned], _context: Context) -> Broken:
    """Said outright: unset means whatever the organisation says."""
    for bucket in of(resources, BUCKET):
        if not int(bucket.at("softDeletePolicy.retentionDurationSeconds") or 0):
            yield bucket.name, "loses deleted files at once"


@rule("force-destroy", "A bucket with files in it is not deleted", since="staging")
def force_destroy(resources: Sequence[Planned], _context: Context) -> Broken:
    """Not even when the stack is."""
    for bucket in of(resources, BUCKET):
        if bucket.at("forceDestroy"):
            yield bucket.name, "is deleted with the files in it"


@rule("same-region-backups", "Backups are in another region than the machine", since="prod")
def other_region(resources: Sequence[Planned], context: Context) -> Broken:
    """One lost region must not take both."""
    for bucket in of(resources, BUCKET):
        place = bucket.at("location")
        if bucket.at("name") in context.backups and not is_unknown(place) and str(place).lower() == context.region:
            yield bucket.name, f"keeps backups in {context.region}, where the machine is"
