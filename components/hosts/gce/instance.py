"""The instance itself."""

from __future__ import annotations

import pulumi

from components.hosts.gce import disks, startup
from components.hosts.gce.ground import Ground
from components.hosts.gce.identity import Identity
from components.hosts.gce.network import GroundNetwork
from components.hosts.gce.resource import Resource
from config import names


def instance(ground: Ground, identity: Identity, network: GroundNetwork, data: Resource) -> Resource:
    """Shielded, as an account of its own, on the reserved address, with the data disk."""
    section = ground.section
    public = {"natIp": network.address, "networkTier": "PREMIUM"}
    return Resource(
        "compute/instance:Instance",
        f"{ground.name}-machine",
        {
            "name": ground.named(),
            "project": ground.project,
            "zone": ground.zone,
            "machineType": section.machine,
            "bootDisk": {
                "autoDelete": True,
                "deviceName": "tandem-boot",
                "initializeParams": {**disks.sized(section.boot_disk), "image": section.image},
            },
            # Said here: a disk that a resource of its own attaches is a difference here; inline ones are kept as well.
            "attachedDisks": [{"source": data.id, "deviceName": disks.DEVICE, "mode": "READ_WRITE"}],
            "networkInterfaces": [{"subnetwork": network.subnet.id, "accessConfigs": [public]}],
            "metadata": startup.metadata(section),
            "serviceAccount": {"email": identity.email, "scopes": ["cloud-platform"]},
            "shieldedInstanceConfig": {
                "enableSecureBoot": True,
                "enableVtpm": True,
                "enableIntegrityMonitoring": True,
            },
            "canIpForward": False,
            "labels": ground.labels,
            "deletionProtection": ground.protected,
            "allowStoppingForUpdate": names.may_stop(),
        },
        ground.opts(
            protected=True,
            # A newer image of the family is for the next instance, not for this one.
            ignore_changes=["bootDisk.initializeParams.image"],
            # Address and data disk can be on one instance only.
            delete_before_replace=True,
            depends_on=identity.roles,
        ),
    )


def boot_disk_name(machine: Resource) -> pulumi.Output[str]:
    """The last word of the disk's address."""
    return machine.told("bootDisk").apply(lambda disk: str(disk.get("source") or "").rpartition("/")[2])
