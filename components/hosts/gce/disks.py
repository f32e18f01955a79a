"""The data disk, which outlives its instance, and the daily snapshots of both disks."""

from __future__ import annotations

from typing import Any

import pulumi

from components.hosts.gce.ground import Ground
from components.hosts.gce.resource import Resource
from config.gce import Disk, Snapshots

DEVICE = "tandem-data"
"""The instance finds it as /dev/disk/by-id/google-tandem-data."""


def data_disk(ground: Ground) -> Resource:
    """Where volumes and state are."""
    return Resource(
        "compute/disk:Disk",
        f"{ground.name}-data",
        {
            "name": ground.named("data"),
            "project": ground.project,
            "zone": ground.zone,
            **sized(ground.section.data_disk),
            "labels": ground.labels,
            "createSnapshotBeforeDestroy": not ground.throwaway,
        },
        # One that was made anew of a snapshot says so; the next update must not take it for another disk.
        ground.opts(protected=True, ignore_changes=["snapshot", "image"]),
    )


def sized(section: Disk) -> dict[str, Any]:
    """Size, type and speed, as a disk's own resource and a boot disk's parameters have them.

    A boot disk has no labels: they would replace it, and its instance.
    """
    said = {
        "size": section.size,
        "type": section.type,
        "provisionedIops": section.iops,
        "provisionedThroughput": section.throughput,
    }
    return {key: value for key, value in said.items() if value is not None}


def snapshots(ground: Ground, *, boot: pulumi.Input[str], data: pulumi.Input[str]) -> None:
    """The policy, where there is one, on both disks, by their names."""
    wanted = ground.section.snapshotted(ground.profile)
    if wanted is None:
        return
    policy = _policy(ground, wanted)
    for what, disk in (("boot", boot), ("data", data)):
        Resource(
            "compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment",
            f"{ground.name}-snapshots-{what}",
            {"name": policy.told("name"), "disk": disk, "project": ground.project, "zone": ground.zone},
            ground.opts(),
        )


def _policy(ground: Ground, wanted: Snapshots) -> Resource:
    return Resource(
        "compute/resourcePolicy:ResourcePolicy",
        f"{ground.name}-snapshots",
        {
            "name": ground.named("snapshots"),
            "project": ground.project,
            "region": ground.region,
            "snapshotSchedulePolicy": {
                "schedule": {"dailySchedule": {"daysInCycle": 1, "startTime": wanted.at}},
                # They are what is left when somebody deletes the disk.
                "retentionPolicy": {
                    "maxRetentionDays": wanted.keep_days,
                    "onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS",
                },
                "snapshotProperties": {"labels": ground.labels, "storageLocations": ground.region},
            },
        },
        ground.opts(delete_before_replace=True),
    )
