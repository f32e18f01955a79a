"""Who the instance is in Google Cloud, and who may come to it. Least roles; buckets and secrets add their own."""

from __future__ import annotations

import hashlib

import pulumi

from components.hosts.gce.ground import Ground
from components.hosts.gce.resource import Resource

ROLES = ("roles/logging.logWriter", "roles/monitoring.metricWriter")
"""What any machine needs to be watched."""


class Identity:
    """The instance's own service account."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        account = Resource(
            "serviceaccount/account:Account",
            f"{ground.name}-account",
            {
                "project": ground.project,
                "accountId": ground.account("vm"),
                "displayName": f"The machine of {ground.named()}",
            },
            ground.opts(),
            tells=["email", "member", "name"],
        )
        self.email: pulumi.Output[str] = account.told("email")
        self.name: pulumi.Output[str] = account.told("name")
        self.roles = [
            Resource(
                "projects/iAMMember:IAMMember",
                f"{ground.name}-{role.rpartition('.')[2]}",
                {"project": ground.project, "role": role, "member": account.told("member")},
                ground.opts(),
            )
            for role in ROLES
        ]


def admit(ground: Ground, identity: Identity, machine: Resource) -> list[pulumi.Resource]:
    """What lets the named deployers in; nothing where they are let in otherwise."""
    door = ground.section.ssh
    given: list[pulumi.Resource] = []
    for member in door.deployers:
        who = hashlib.sha256(member.encode()).hexdigest()[:6]
        if door.sources == "iap":
            given.append(_tunnel(ground, machine, member, who))
        if door.login == "os-login":
            given += [_login(ground, machine, member, who), _acts_as(ground, identity, member, who)]
    return given


def _tunnel(ground: Ground, machine: Resource, member: str, who: str) -> pulumi.Resource:
    role = "roles/iap.tunnelResourceAccessor"
    return Resource(
        "iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember",
        f"{ground.name}-tunnel-{who}",
        {**_of(ground), "instance": machine.told("name"), "role": role, "member": member},
        ground.opts(),
    )


def _login(ground: Ground, machine: Resource, member: str, who: str) -> pulumi.Resource:
    """With sudo: who deploys becomes root to bootstrap."""
    return Resource(
        "compute/instanceIAMMember:InstanceIAMMember",
        f"{ground.name}-login-{who}",
        {
            **_of(ground),
            "instanceName": machine.told("name"),
            "role": "roles/compute.osAdminLogin",
            "member": member,
        },
        ground.opts(),
    )


def _acts_as(ground: Ground, identity: Identity, member: str, who: str) -> pulumi.Resource:
    """OS Login asks for it too: whoever is root on the instance can act as it."""
    return Resource(
        "serviceaccount/iAMMember:IAMMember",
        f"{ground.name}-acts-as-{who}",
        {"serviceAccountId": identity.name, "role": "roles/iam.serviceAccountUser", "member": member},
        ground.opts(),
    )


def _of(ground: Ground) -> dict[str, str]:
    return {"project": ground.project, "zone": ground.zone}
