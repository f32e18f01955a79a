"""The secrets of a run, read once, before anything is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.secrets.fingerprint import fingerprint


@dataclass(frozen=True)
class Opened:
    """A `Vault`. `versions`: name → what names the value for ever at its source, where that has versions."""

    values: Mapping[str, str] = field(repr=False)
    versions: Mapping[str, str]

    def has(self, name: str) -> bool:
        """See `Vault.has`."""
        return name in self.values

    def get(self, name: str) -> pulumi.Output[str]:
        """See `Vault.get`."""
        return pulumi.Output.secret(self.values[name])

    def fingerprint(self, name: str) -> str:
        """Of the version where there is one, so that a release is named without its values; else a keyed digest."""
        version = self.versions.get(name)
        if version is not None:
            return hashlib.sha256(f"{name}\0{version}".encode()).hexdigest()
        return fingerprint(name, self.values[name])
