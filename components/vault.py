"""Where secret values come from: a name goes in, a marked Output comes out. The sources are in `components.secrets`."""

from __future__ import annotations

from typing import Protocol

import pulumi


class Vault(Protocol):
    """The stack's secrets. Values never pass through config models, labels or command texts."""

    def has(self, name: str) -> bool:
        """Whether it has a value; False only for one that is optional."""
        ...

    def get(self, name: str) -> pulumi.Output[str]:
        """The value, marked secret."""
        ...

    def fingerprint(self, name: str) -> str:
        """For the release hash: tells that a value changed, never what it is. 64 hex digits."""
        ...
