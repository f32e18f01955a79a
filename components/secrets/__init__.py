"""The kinds of secret source. A new one is one model in `config.secrets`, one file here and one `case`."""

from __future__ import annotations

from typing import assert_never

from components.vault import Vault
from config.secrets import Secrets


def source(section: Secrets) -> Vault:
    """The vault that the stack file's `secrets` section names."""
    match section.source:
        case "env":
            from components.secrets import env

            return env.Environment()
        case "stack":
            from components.secrets import stack

            return stack.StackConfig()
        case _:
            assert_never(section.source)
