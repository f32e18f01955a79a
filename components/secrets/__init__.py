"""The kinds of secret source. A new one is one model in `config.secrets`, one file here and one `case`."""

from __future__ import annotations

from typing import assert_never

from components.vault import Vault
from config.secrets import EnvSecrets, SecretsSection, StackSecrets


def source(section: SecretsSection) -> Vault:
    """The vault that the stack file's `secrets` section names."""
    match section:
        case EnvSecrets():
            from components.secrets import env

            return env.Environment()
        case StackSecrets():
            from components.secrets import stack

            return stack.StackConfig()
        case _:
            assert_never(section)
