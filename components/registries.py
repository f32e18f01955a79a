"""Who the stack's Docker is to registries that ask. For single pulls: nobody is logged in on the host."""

from __future__ import annotations

import pulumi

from components.hosts.machine import Login
from components.vault import Vault
from config.registries import HUB
from config.settings import Settings

_HUB_ITSELF = "registry-1.docker.io"
"""What the provider looks for where an image names no registry."""


def logins(stack: Settings, vault: Vault) -> list[Login]:
    """One for each registry of the stack file whose password is there."""
    return [
        Login(address=place, username=pulumi.Output.secret(login.user), password=vault.get(login.password))
        for registry, login in sorted(stack.registries.items())
        if vault.has(login.password)
        for place in ([registry] if registry != HUB else [registry, _HUB_ITSELF])
    ]
