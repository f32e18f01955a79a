"""What everything of a stack in Google Cloud shares: project, region, names, labels, and whether it is protected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from config import google_names
from config.gce import GceHost
from config.profiles import DEFAULTS, Profile


class Ground:
    """The stack's place in Google Cloud. `service_account_email` is who its programs are there."""

    service_account_email: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        section: GceHost,
        *,
        profile: Profile,
        stack: tuple[str, str],
        parent: pulumi.Resource,
    ) -> None:
        self.name = name
        self.section = section
        self.profile = profile
        self.stack = stack
        self.parent = parent
        self.project = section.project
        self.region = section.region
        self.zone = section.zone
        self.protected = section.protected(profile)
        self.throwaway = DEFAULTS[profile].force_destroy
        """Whether the profile takes its data for replaceable."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of everything that takes some."""
        project, stack = (google_names.label(word) for word in self.stack)
        own = {"project": project, "stack": stack, "profile": self.profile}
        return dict(sorted({**self.section.labels, **own}.items()))

    def named(self, part: str = "") -> str:
        """The name in Google Cloud: `<project>-<stack>` and a part."""
        return google_names.resource(*self.stack, part)

    def account(self, part: str) -> str:
        """The id of a service account."""
        return google_names.account(*self.stack, part)

    def opts(
        self,
        *,
        protected: bool = False,
        depends_on: Sequence[pulumi.Resource] = (),
        **more: Any,
    ) -> pulumi.ResourceOptions:
        """Options of a resource; `protected`: refuses to be deleted where the stack is so."""
        protect = True if protected and self.protected else None
        return pulumi.ResourceOptions(parent=self.parent, protect=protect, depends_on=depends_on, **more)
