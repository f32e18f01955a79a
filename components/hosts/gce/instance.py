"""The instance itself."""

from __future__ import annotations

import os

import pulumi
from pulumi_gcp import compute

from components.hosts.gce import disks, startup
from components.hosts.gce.ground import Ground
from components.hosts.gce.identity import Identity
from components.hosts.gce.network import GroundNetwork
from config import names


def instance(ground: Ground, identity: Identity, network: GroundNetwork, data: compute.Disk) -> compute.Instance:
    """Shielded, as an account of its own, on the reserved address, with the data disk."""
    section = ground.section
    return compute.Instance(
        f"{ground.name}-machine",
        name=ground.named(),
        project=ground.project,
        zone=ground.zone,
        machine_type=section.machine,
        boot_disk={
            "auto_delete": True,
            "device_name": "tandem-boot",
            "initialize_params": {**disks.boot_disk(section.boot_disk), "image": section.image},
        },
        # Said here: a disk that a resource of its own attaches is a difference here, and inline ones are kept as well.
        attached_disks=[{"source": data.id, "device_name": disks.DEVICE, "mode": "READ_WRITE"}],
        network_interfaces=[
            {
                "subnetwork": network.subnet.id,
                "access_configs": [{"nat_ip": network.address.address, "network_tier": "PREMIUM"}],
            }
        ],
        metadata=startup.metadata(section),
        service_account={"email": identity.account.email, "scopes": ["cloud-platform"]},
        shielded_instance_config={
            "enable_secure_boot": True,
            "enable_vtpm": True,
            "enable_integrity_monitoring": True,
        },
        can_ip_forward=False,
        labels=ground.labels,
        deletion_protection=ground.protected,
        allow_stopping_for_update=may_stop(),
        opts=ground.opts(
            protected=True,
            # A newer image of the family is for the next instance, not for this one.
            ignore_changes=["bootDisk.initializeParams.image"],
            # Address and data disk can be on one instance only.
            delete_before_replace=True,
            depends_on=identity.roles,
        ),
    )


def may_stop() -> bool:
    """Whether whoever deploys has said that the instance may be stopped, for example for another machine type."""
    return os.environ.get(names.ENV_ALLOW_DOWNTIME) == "1"


def boot_disk_name(machine: compute.Instance) -> pulumi.Output[str]:
    """The last word of the disk's address."""
    return machine.boot_disk.apply(lambda disk: (disk.source or "").rpartition("/")[2])
