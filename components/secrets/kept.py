"""What the stack itself keeps in Google's Secret Manager: its encrypted values, for the machine to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp import secretmanager

from components.vault import Vault
from config.secrets import Gcp, Wanted
from config.settings import Settings

ACCESSOR = "roles/secretmanager.secretAccessor"


class Kept(pulumi.ComponentResource):
    """One secret for each of `made`, which have no version in the stack file. `reader`: e-mail of who may read
    them, and only them.
    `protected`: they refuse to be deleted.

    `versions`: name → what Google calls the version with today's value.
    """

    def __init__(
        self,
        name: str,
        stack: Settings,
        *,
        made: Sequence[Wanted],
        vault: Vault,
        reader: pulumi.Input[str] | None,
        labels: Mapping[str, str],
        protected: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tandem:Secrets", name, {}, opts)
        self.name = name
        self.stack = stack
        self.vault = vault
        self.reader = reader
        self.labels = labels
        self.protected = protected
        self.versions = {one.name: self._kept(one) for one in made if vault.has(one.name)}
        self.register_outputs({"versions": self.versions})

    def _kept(self, one: Wanted) -> pulumi.Output[str]:
        secret = secretmanager.Secret(
            f"{self.name}-{one.name}",
            project=self.stack.google_project,
            secret_id=one.id_at_google(pulumi.get_project(), pulumi.get_stack()),
            labels=self.labels,
            replication=self._replication(self.stack.secrets.gcp),
            deletion_protection=self.protected,
            opts=pulumi.ResourceOptions(parent=self, protect=self.protected or None),
        )
        version = secretmanager.SecretVersion(
            f"{self.name}-{one.name}-value",
            secret=secret.id,
            secret_data=self.vault.get(one.name),
            # What a release before this value still needs is not destroyed with it.
            deletion_policy="DISABLE",
            opts=pulumi.ResourceOptions(parent=self),
        )
        if self.reader is not None:
            secretmanager.SecretIamMember(
                f"{self.name}-{one.name}-reader",
                project=secret.project,
                secret_id=secret.secret_id,
                role=ACCESSOR,
                member=pulumi.Output.concat("serviceAccount:", self.reader),
                opts=pulumi.ResourceOptions(parent=self),
            )
        return version.name

    def _replication(self, section: Gcp) -> secretmanager.SecretReplicationArgs:
        if not section.locations:
            return secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs())
        replicas = [
            secretmanager.SecretReplicationUserManagedReplicaArgs(location=location) for location in section.locations
        ]
        managed = secretmanager.SecretReplicationUserManagedArgs(replicas=replicas)
        return secretmanager.SecretReplicationArgs(user_managed=managed)
