"""Who the stack's Docker is to registries that ask. For single pulls: nobody is logged in on the host."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi

from components.hosts.machine import Login
from components.vault import Vault
from config import names, reached
from config.gce import GceHost
from config.registries import HUB, HUB_ITSELF
from config.registries import Login as Said
from config.settings import Settings
from sources import command, placeholder
from sources.found import SourceError


def logins(stack: Settings, vault: Vault) -> list[Login]:
    """One for each registry of the stack file whose password is there."""
    return [
        Login(address=place, username=pulumi.Output.secret(said.user), password=password)
        for registry, said in sorted(stack.registries.items())
        for password in _password(stack, vault, registry, said)
        for place in ([registry] if registry != HUB else [registry, HUB_ITSELF])
    ]


def _password(stack: Settings, vault: Vault, registry: str, said: Said) -> Iterator[pulumi.Output[str]]:
    if said.password:
        if vault.has(said.password):
            yield vault.get(said.password)
    # A token is another one in each run, so with it each run would change the provider, and the last one would stay in
    # the state. `tandem` pulls such images itself before the engine runs; only a machine to come cannot be asked to.
    elif is_to_come(stack):
        if names.declares_only():
            yield pulumi.Output.secret(placeholder.token())
            return
        try:
            yield pulumi.Output.secret(command.token(said.password_command))
        except SourceError as error:
            raise pulumi.RunError(f"registries.{registry}.password_command: {error}") from None


def is_to_come(stack: Settings) -> bool:
    """Whether this run makes the machine, as far as the stack file tells."""
    host = stack.host
    return isinstance(host, GceHost) and reached.known(host, pulumi.get_project(), pulumi.get_stack()) is None
