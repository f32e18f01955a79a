"""A bucket that is there already, at any S3 service: nothing is made, its key comes from the vault."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.vault import Vault
from config.storage import S3Storage
from config.storage_env import Half


class Bucket:
    """A `Place` of somebody else. Its secrets are read only where an app uses it."""

    folder: str | None = None
    needs: Sequence[pulumi.Resource] = ()

    def __init__(self, section: S3Storage, vault: Vault) -> None:
        self.vault = vault
        self.secrets: dict[Half, str] = {"access": section.access_key, "secret": section.secret_key}

    def key(self, half: Half) -> pulumi.Output[str]:
        """See `Place.key`."""
        return self.vault.get(self.secrets[half])

    def identity(self, half: Half) -> str:
        """See `Place.identity`."""
        return self.vault.fingerprint(self.secrets[half])
