"""Registries that ask who one is. Passwords come from where all secrets do, or from a command that makes a token.

Nobody is ever logged in on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from config.base import LABEL, Line, Model, SecretName, Value
from config.forms import Mistake, Text, refuse

Registry = Annotated[
    str,
    Text(
        "must be a registry as images name it: a host, perhaps with a port; docker.io for Docker Hub",
        "ghcr.io",
        rf"{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?",
    ),
]


class Login(Model):
    """Who one is to a registry: by a password that is a secret, or by a token that a command makes for each run."""

    user: Annotated[Line, Field(examples=["acme-ci"])]
    """Name of the account; AWS for ECR, oauth2accesstoken for Google's Artifact Registry."""
    password: SecretName | None = None
    """Name of the secret that holds the password, or a token that only reads."""
    password_command: Annotated[
        tuple[Value, ...], Field(examples=[["aws", "ecr", "get-login-password", "--region", "eu-central-1"]])
    ] = ()
    """Program and arguments that print a token of short life, where tandem runs; no shell."""

    @model_validator(mode="after")
    def _says_one_of_two(self) -> Login:
        refuse(self._mistakes())
        return self

    def _mistakes(self) -> Iterator[Mistake]:
        if self.password is not None and self.password_command:
            yield Mistake("password_command", "is said beside password: keep one, for example password: GHCR_TOKEN")
        elif self.password is None and not self.password_command:
            said = "is required, or password_command where a command makes a token"
            yield Mistake("password", f"{said}, for example GHCR_TOKEN")
        elif self.password_command and not self.password_command[0].strip():
            yield Mistake("password_command[0]", "must be a program, for example aws")


HUB = "docker.io"
HUB_ITSELF = "registry-1.docker.io"
"""What Docker Hub is called by those who ask it."""


def registry_of(image: str) -> str:
    """The registry that an image reference means: `ghcr.io`, `10.0.0.2:5000`, or `docker.io`."""
    first, slash, _ = image.partition("/")
    return first if slash and (first == "localhost" or set(first) & {".", ":"}) else HUB
