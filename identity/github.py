"""The trust in GitHub: its tokens are exchanged for Google's, but only those of one repository, told by numbers."""

from __future__ import annotations

import pulumi
from pulumi_gcp import iam

from identity import settings

ISSUER = "https://token.actions.githubusercontent.com"
"""Of every workflow of everybody: without the condition all of GitHub would be let in."""

MAPPING = {
    "google.subject": "assertion.sub",
    "attribute.repository_id": "assertion.repository_id",
    "attribute.repository_owner_id": "assertion.repository_owner_id",
    "attribute.ref": "assertion.ref",
    "attribute.environment": "assertion.environment",
}


class Federation(pulumi.ComponentResource):
    """Pool and provider. Both keep their names for 30 days after a deletion, so they are protected."""

    def __init__(self, name: str, home: settings.Home, github: settings.GitHub) -> None:
        super().__init__("tandem:identity:Federation", name, {}, None)
        self.github = github
        kept = pulumi.ResourceOptions(parent=self, protect=True)
        self.pool = iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=home.project,
            workload_identity_pool_id="github",
            display_name="GitHub",
            description="Workflows of GitHub",
            opts=kept,
        )
        self.provider = iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=home.project,
            workload_identity_pool_id=self.pool.workload_identity_pool_id,
            workload_identity_pool_provider_id="actions",
            display_name="GitHub Actions",
            attribute_mapping=MAPPING,
            attribute_condition=condition(github),
            oidc={"issuer_uri": ISSUER},
            opts=kept,
        )
        self.register_outputs({"provider": self.provider.name})

    @property
    def anyone_of_the_repository(self) -> pulumi.Output[str]:
        """Every workflow of the repository, on any branch and in a pull request from a branch of its own."""
        way = f"attribute.repository_id/{self.github.repository_id}"
        return pulumi.Output.concat("principalSet://iam.googleapis.com/", self.pool.name, "/", way)

    def approved_for(self, environment: str) -> pulumi.Output[str]:
        """Only jobs that run in this environment of the repository, hence behind its reviewers and branch rules."""
        way = f"subject/repo:{self.github.path}:environment:{environment}"
        return pulumi.Output.concat("principal://iam.googleapis.com/", self.pool.name, "/", way)


def condition(github: settings.GitHub) -> str:
    """What must be true of a token before anything else is asked."""
    return (
        f"assertion.repository_owner_id == '{github.owner_id}' && assertion.repository_id == '{github.repository_id}'"
    )
