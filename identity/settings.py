"""What the stack file says: where state and keys live, whose workflows are let in, and the environments."""

from __future__ import annotations

from typing import Annotated

import pulumi
from pydantic import ValidationError

from config.base import Model, Slug
from config.forms import Text
from config.gce import ProjectId, Region
from config.storage import BucketName

Number = Annotated[str, Text("must be a number that GitHub gave", "1234567", r"[1-9][0-9]{0,18}")]
Name = Annotated[str, Text("must be a name as GitHub spells it", "acme", r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")]
Role = Annotated[
    str,
    Text(
        "must be a role of Google Cloud or of a project",
        "roles/secretmanager.admin",
        r"(?:(?:projects|organizations)/[a-z0-9-]+/)?roles/[A-Za-z0-9_.]+",
    ),
]


class Home(Model):
    """The project that authorises the others."""

    project: ProjectId
    location: Region
    """Of state and keys. A change would replace both, and is refused."""
    bucket: BucketName
    """The beginning of every state bucket's name."""


class GitHub(Model):
    """One repository. The numbers are what counts; GitHub gives a freed name to whoever asks for it."""

    organization: Name
    repository: Name
    owner_id: Number
    """Of the organisation, or of the person the repository belongs to."""
    repository_id: Number

    @property
    def path(self) -> str:
        """`acme/shop`."""
        return f"{self.organization}/{self.repository}"


class Place(Model):
    """One environment."""

    project: ProjectId
    more_roles: tuple[Role, ...] = ()
    """What the apply account may do beside `identity.roles`."""


class Settings(Model):
    """The whole stack file."""

    home: Home
    github: GitHub
    environments: dict[Slug, Place]
    """By the stack's name, which is GitHub's name of the environment too."""


NAMESPACE = "identity"


def load() -> Settings:
    """Settings of the stack that runs now. Raises pulumi.RunError with every mistake."""
    given = pulumi.Config(NAMESPACE)
    said = {key: value for key in Settings.model_fields if (value := given.get_object(key)) is not None}
    try:
        return Settings.model_validate(said)
    except ValidationError as error:
        file = f"Pulumi.{pulumi.get_stack()}.yaml"
        lines = [f"{file}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise pulumi.RunError("\n".join(lines)) from None
