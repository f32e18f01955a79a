"""Where secret values come from: a name goes in, a marked Output comes out. The sources are in `components.secrets`."""

from __future__ import annotations

from typing import Protocol

import pulumi


class Vault(Protocol):
    """A source of secrets. Values never pass through config models, labels or command texts."""

    def get(self, name: str) -> pulumi.Output[str]:
        """The value, marked secret. Raises `pulumi.RunError` naming the secret and the source when it is missing."""
        ...

    def fingerprint(self, name: str) -> str:
        """A keyed digest of the value, for the release hash: tells that a value changed, never what it is."""
        ...
