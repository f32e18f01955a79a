"""Resources that break no rule, and what makes each rule break: the least change of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from policy import Options, Planned

KEPT = Options(
    protect=True, delete_before_replace=False, ignore_changes=("bootDisk.initializeParams.image",), provider="host"
)
DIGEST = "ghcr.io/acme/web@sha256:" + "9c" * 32
METADATA = {"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"}


def gcp(token: str, name: str, /, **inputs: Any) -> Planned:
    return Planned(f"gcp:{token}", name, inputs, KEPT)


MACHINE = gcp(
    "compute/instance:Instance",
    "machine",
    serviceAccount={"email": "shop-prod-vm@acme.iam.gserviceaccount.com"},
    metadata=METADATA,
    canIpForward=False,
    shieldedInstanceConfig={"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True},
    networkInterfaces=[{"subnetwork": "ours", "accessConfigs": []}],
    deletionProtection=True,
)
DISK = gcp("compute/disk:Disk", "data")
NETWORK = gcp("compute/network:Network", "vpc", autoCreateSubnetworks=False)
SUBNET = gcp("compute/subnetwork:Subnetwork", "subnet", privateIpGoogleAccess=True)
WAY_IN = gcp(
    "compute/firewall:Firewall",
    "firewall-ssh",
    direction="INGRESS",
    allows=[{"protocol": "tcp", "ports": ["22"]}],
    sourceRanges=["35.235.240.0/20"],
    targetServiceAccounts=["shop-prod-vm@acme.iam.gserviceaccount.com"],
)
BUCKET = gcp(
    "storage/bucket:Bucket",
    "media",
    name="acme-media",
    location="EUROPE-WEST1",
    uniformBucketLevelAccess=True,
    publicAccessPrevention="enforced",
    versioning={"enabled": True},
    softDeletePolicy={"retentionDurationSeconds": 2592000.0},
    forceDestroy=False,
)
ROLE = gcp("projects/iAMMember:IAMMember", "writer", role="roles/logging.logWriter", member="serviceAccount:x@y")
ATTACHED = "compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment"
POLICY = gcp(
    "compute/resourcePolicy:ResourcePolicy",
    "snapshots",
    snapshotSchedulePolicy={"retentionPolicy": {"onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS"}},
)
BOX = Planned(
    "docker:index/container:Container",
    "web-green",
    {
        "image": DIGEST,
        "destroyGraceSeconds": 10.0,
        "memory": 128.0,
        "memorySwap": 128.0,
        "capabilities": {"drops": ["ALL"]},
        "securityOpts": ["no-new-privileges:true"],
        "envs": ["LOG_LEVEL=info"],
        "labels": [{"label": "tandem.role", "value": "app"}],
    },
    KEPT,
)
SOUND = (MACHINE, DISK, NETWORK, SUBNET, WAY_IN, BUCKET, ROLE, POLICY, BOX, gcp(ATTACHED, "a"), gcp(ATTACHED, "b"))


def but(resource: Planned, /, **inputs: Any) -> Planned:
    """The same with other inputs; None takes one away."""
    changed = {key: value for key, value in {**resource.inputs, **inputs}.items() if value is not None}
    return replace(resource, inputs=changed)


def open_to_all(*ports: str) -> Planned:
    return replace(
        but(WAY_IN, sourceRanges=["0.0.0.0/0"], allows=[{"protocol": "tcp", "ports": [*ports]}]), name="firewall-web"
    )


def no(key: str) -> Planned:
    return but(MACHINE, metadata={**METADATA, key: "FALSE" if METADATA[key] == "TRUE" else "TRUE"})


BROKEN: Mapping[str, Planned] = {
    "own-account": but(MACHINE, serviceAccount={"email": "1234-compute@developer.gserviceaccount.com"}),
    "project-keys": no("block-project-ssh-keys"),
    "os-login-off": no("enable-oslogin"),
    "serial-port": no("serial-port-enable"),
    "ip-forward": but(MACHINE, canIpForward=True),
    "shielded": but(MACHINE, shieldedInstanceConfig={"enableSecureBoot": True, "enableVtpm": True}),
    "public-ip": but(MACHINE, networkInterfaces=[{"subnetwork": "ours", "accessConfigs": [{"natIp": "198.51.100.7"}]}]),
    "startup-script": but(MACHINE, metadataStartupScript="#!/bin/sh"),
    "boot-image": replace(MACHINE, options=replace(KEPT, ignore_changes=())),
    "default-network": but(NETWORK, autoCreateSubnetworks=None),
    "google-access": but(SUBNET, privateIpGoogleAccess=None),
    "ssh-open": open_to_all("22"),
    "http-open": open_to_all("80", "443"),
    "port-open": open_to_all("5432"),
    "firewall-target": but(WAY_IN, targetServiceAccounts=None, targetTags=["web"]),
    "least-role": but(ROLE, role="roles/editor"),
    "impersonation": but(ROLE, role="roles/iam.serviceAccountUser"),
    "public-member": but(ROLE, member="allUsers"),
    "account-keys": gcp("serviceaccount/key:Key", "key"),
    "additive-rights": gcp("storage/bucketIAMPolicy:BucketIAMPolicy", "policy"),
    "no-protection": replace(DISK, options=replace(KEPT, protect=False)),
    "no-snapshots": gcp("compute/disk:Disk", "another"),
    "uniform-access": but(BUCKET, uniformBucketLevelAccess=None),
    "public-bucket": but(BUCKET, publicAccessPrevention="inherited"),
    "no-versioning": but(BUCKET, versioning={"enabled": False}),
    "soft-delete-off": but(BUCKET, softDeletePolicy={"retentionDurationSeconds": 0.0}),
    "force-destroy": but(BUCKET, forceDestroy=True),
    "same-region-backups": but(BUCKET, name="acme-backups", location="EUROPE-WEST3"),
    "pinned-image": but(BOX, image="ghcr.io/acme/web:latest"),
    "published-port": but(BOX, ports=[{"internal": 8000.0, "external": 8000.0}]),
    "own-name": but(BOX, name="web"),
    "replace-order": replace(BOX, options=replace(KEPT, delete_before_replace=None)),
    "grace": but(BOX, destroyGraceSeconds=None),
    "memory": but(BOX, memorySwap=None),
    "capabilities": but(BOX, capabilities={"drops": ["CAP_NET_RAW"]}),
    "privileged": but(BOX, networkMode="host"),
    "docker-socket": but(BOX, mounts=[{"source": "/var/run/docker.sock", "target": "/s", "type": "bind"}]),
    "own-provider": replace(BOX, options=replace(KEPT, provider="")),
    "open-secret": but(BOX, envs=["DATABASE_URL=postgres://shop:hunter2@db"]),
}
"""Rule → the resource that breaks it, and nothing else."""
