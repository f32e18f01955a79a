"""The data disk, which outlives its instance, and the daily snapshots of both disks."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute

from components.hosts.gce.ground import Ground
from config.gce import Disk, Snapshots

DEVICE = "tandem-data"
"""The instance finds it as /dev/disk/by-id/google-tandem-data."""


def data_disk(ground: Ground) -> compute.Disk:
    """Where volumes and state are."""
    section = ground.section.data_disk
    return compute.Disk(
        f"{ground.name}-data",
        name=ground.named("data"),
        project=ground.project,
        zone=ground.zone,
        size=section.size,
        type=section.type,
        provisioned_iops=section.iops,
        provisioned_throughput=section.throughput,
        labels=ground.labels,
        create_snapshot_before_destroy=not ground.throwaway,
        # One that was made anew of a snapshot says so; the next update must not take it for another disk.
        opts=ground.opts(protected=True, ignore_changes=["snapshot", "image"]),
    )


def boot_disk(section: Disk) -> compute.InstanceBootDiskInitializeParamsArgsDict:
    """Size and speed of the disk that comes and goes with its instance. Its labels would replace it, so it has none."""
    params: compute.InstanceBootDiskInitializeParamsArgsDict = {"size": section.size, "type": section.type}
    if section.iops is not None:
        params["provisioned_iops"] = section.iops
    if section.throughput is not None:
        params["provisioned_throughput"] = section.throughput
    return params


def snapshots(ground: Ground, *, boot: pulumi.Input[str], data: pulumi.Input[str]) -> None:
    """The policy, where there is one, on both disks, by their names."""
    wanted = ground.section.snapshotted(ground.profile)
    if wanted is None:
        return
    policy = _policy(ground, wanted)
    for what, disk in (("boot", boot), ("data", data)):
        compute.DiskResourcePolicyAttachment(
            f"{ground.name}-snapshots-{what}",
            name=policy.name,
            disk=disk,
            project=ground.project,
            zone=ground.zone,
            opts=ground.opts(),
        )


def _policy(ground: Ground, wanted: Snapshots) -> compute.ResourcePolicy:
    return compute.ResourcePolicy(
        f"{ground.name}-snapshots",
        name=ground.named("snapshots"),
        project=ground.project,
        region=ground.region,
        snapshot_schedule_policy={
            "schedule": {"daily_schedule": {"days_in_cycle": 1, "start_time": wanted.at}},
            # They are what is left when somebody deletes the disk.
            "retention_policy": {
                "max_retention_days": wanted.keep_days,
                "on_source_disk_delete": "KEEP_AUTO_SNAPSHOTS",
            },
            "snapshot_properties": {"labels": ground.labels, "storage_locations": ground.region},
        },
        opts=ground.opts(delete_before_replace=True),
    )
