"""Secrets from the encrypted stack config: `pulumi config set --secret secrets:NAME`, apart from what models hold."""

from __future__ import annotations

import pulumi

from components.secrets.fingerprint import fingerprint
from config.secrets import STACK_NAMESPACE


class StackConfig:
    """A `Vault` over the stack's own config."""

    def get(self, name: str) -> pulumi.Output[str]:
        """The value, marked secret."""
        return pulumi.Output.secret(self._value(name))

    def fingerprint(self, name: str) -> str:
        """See `Vault.fingerprint`."""
        return fingerprint(name, self._value(name))

    def _value(self, name: str) -> str:
        value = pulumi.Config(STACK_NAMESPACE).get(name)
        if not value:
            raise pulumi.RunError(
                f"secret {name}: not in the stack config (source `stack`); "
                f"next: pulumi config set --secret {STACK_NAMESPACE}:{name}"
            )
        return value
