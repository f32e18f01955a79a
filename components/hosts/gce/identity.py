"""Who the instance is in Google Cloud, and who may come to it. Least roles; buckets and secrets add their own."""

from __future__ import annotations

import hashlib

import pulumi
from pulumi_gcp import compute, iap, projects, serviceaccount

from components.hosts.gce.ground import Ground

ROLES = ("roles/logging.logWriter", "roles/monitoring.metricWriter")
"""What any machine needs to be watched."""


class Identity:
    """The instance's own service account."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.account = serviceaccount.Account(
            f"{ground.name}-account",
            project=ground.project,
            account_id=ground.account("vm"),
            display_name=f"The machine of {ground.named()}",
            opts=ground.opts(),
        )
        self.roles = [
            projects.IAMMember(
                f"{ground.name}-{role.rpartition('.')[2]}",
                project=ground.project,
                role=role,
                member=self.account.member,
                opts=ground.opts(),
            )
            for role in ROLES
        ]


def admit(ground: Ground, identity: Identity, machine: compute.Instance) -> list[pulumi.Resource]:
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


def _tunnel(ground: Ground, machine: compute.Instance, member: str, who: str) -> pulumi.Resource:
    return iap.TunnelInstanceIAMMember(
        f"{ground.name}-tunnel-{who}",
        project=ground.project,
        zone=ground.zone,
        instance=machine.name,
        role="roles/iap.tunnelResourceAccessor",
        member=member,
        opts=ground.opts(),
    )


def _login(ground: Ground, machine: compute.Instance, member: str, who: str) -> pulumi.Resource:
    """With sudo: who deploys becomes root to bootstrap."""
    return compute.InstanceIAMMember(
        f"{ground.name}-login-{who}",
        project=ground.project,
        zone=ground.zone,
        instance_name=machine.name,
        role="roles/compute.osAdminLogin",
        member=member,
        opts=ground.opts(),
    )


def _acts_as(ground: Ground, identity: Identity, member: str, who: str) -> pulumi.Resource:
    """OS Login asks for it too: whoever is root on the instance can act as it."""
    return serviceaccount.IAMMember(
        f"{ground.name}-acts-as-{who}",
        service_account_id=identity.account.name,
        role="roles/iam.serviceAccountUser",
        member=member,
        opts=ground.opts(),
    )
