"""Secrets from the environment of whoever deploys: CI's own secret store, or a shell that sourced a file."""

from __future__ import annotations

import os

import pulumi

from components.secrets.fingerprint import fingerprint


class Environment:
    """A `Vault` over `os.environ`. An empty value counts as missing: it is what an unset CI secret looks like."""

    def get(self, name: str) -> pulumi.Output[str]:
        """The variable's value, marked secret."""
        return pulumi.Output.secret(self._value(name))

    def fingerprint(self, name: str) -> str:
        """See `Vault.fingerprint`."""
        return fingerprint(name, self._value(name))

    def _value(self, name: str) -> str:
        value = os.environ.get(name, "")
        if not value:
            raise pulumi.RunError(
                f"secret {name}: not in the environment (source `env`); export {name}=… where tandem runs and try again"
            )
        return value
