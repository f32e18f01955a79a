"""Registries that ask who one is. Passwords come from where all secrets do; nobody is ever logged in on the host."""

from __future__ import annotations

from typing import Annotated

from config.base import LABEL, Line, Model, SecretName
from config.forms import Text

Registry = Annotated[
    str,
    Text(
        "must be a registry as images name it: a host, perhaps with a port; docker.io for Docker Hub",
        "ghcr.io",
        rf"{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?",
    ),
]


class Login(Model):
    """Who one is to a registry."""

    user: Line
    """Name of the account."""
    password: SecretName
    """Name of the secret that holds the password, or a token that only reads."""


HUB = "docker.io"


def registry_of(image: str) -> str:
    """The registry that an image reference means: `ghcr.io`, `10.0.0.2:5000`, or `docker.io`."""
    first, slash, _ = image.partition("/")
    return first if slash and (first == "localhost" or set(first) & {".", ":"}) else HUB
