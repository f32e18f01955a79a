"""Where secret values come from. Models hold names only; a value never enters one.

Not here: the values. `components/secrets/` reads them, as outputs that are marked secret.
"""

from __future__ import annotations

from typing import Literal

from config.base import Model

STACK_NAMESPACE = "secrets"
"""Config namespace of encrypted values: `pulumi config set --secret secrets:DATABASE_URL …`."""


class Secrets(Model):
    """The source of all secret values of this stack."""

    source: Literal["env", "stack"] = "env"
    """env: the environment of whoever runs the update. stack: encrypted in this file, under `secrets:<NAME>`."""
