"""Two accounts for each environment: one that plans, for every branch, and one that applies, behind reviewers."""

from __future__ import annotations

from typing import Literal

import pulumi
from pulumi_gcp import kms, projects, serviceaccount, storage

from identity import roles, settings
from identity.github import Federation
from identity.home import Store

Task = Literal["plan", "apply"]


class Environment(pulumi.ComponentResource):
    """The accounts of one environment and all they may do. They live in the environment's own project."""

    def __init__(self, name: str, place: settings.Place, *, store: Store, github: Federation) -> None:
        super().__init__("tandem:identity:Environment", name, {}, None)
        self.name = name
        self.place = place
        self.plan = self._account("plan", store, github.anyone_of_the_repository)
        self.apply = self._account("apply", store, github.approved_for(name))
        for role in roles.PLAN:
            self._grant(self.plan, "plan", role)
        for role in dict.fromkeys((*roles.APPLY, *place.more_roles)):
            self._grant(self.apply, "apply", role)
        self._grant(
            self.apply,
            "apply",
            roles.GRANTS,
            condition={
                "title": "only what a machine needs",
                "description": "May give and take these roles, and none else",
                "expression": roles.CONDITION,
            },
        )
        self.register_outputs({"plan": self.plan.email, "apply": self.apply.email})

    def _account(self, task: Task, store: Store, who: pulumi.Output[str]) -> serviceaccount.Account:
        """The account, who may become it, and the state and key it needs."""
        own = pulumi.ResourceOptions(parent=self)
        account = serviceaccount.Account(
            f"{self.name}-{task}",
            project=self.place.project,
            account_id=f"tandem-ci-{task}",
            display_name=f"CI, {task} of {self.name}",
            opts=own,
        )
        serviceaccount.IAMMember(
            f"{self.name}-{task}-github",
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=who,
            opts=own,
        )
        storage.BucketIAMMember(
            f"{self.name}-{task}-state",
            bucket=store.bucket.name,
            role=roles.STATE[task],
            member=account.member,
            opts=own,
        )
        kms.CryptoKeyIAMMember(
            f"{self.name}-{task}-key",
            crypto_key_id=store.key.id,
            role=roles.KEY[task],
            member=account.member,
            opts=own,
        )
        return account

    def _grant(
        self,
        account: serviceaccount.Account,
        task: Task,
        role: str,
        *,
        condition: projects.IAMMemberConditionArgsDict | None = None,
    ) -> None:
        projects.IAMMember(
            f"{self.name}-{task}-{role.rpartition('/')[2]}",
            project=self.place.project,
            role=role,
            member=account.member,
            condition=condition,
            opts=pulumi.ResourceOptions(parent=self),
        )
