"""The gateway: where the stack listens."""

from __future__ import annotations

from config.base import Address, Model, Port


class Gateway(Model):
    """The one door: every app with a port is reached through it."""

    port: Port = 8080
    """Port of the host that it listens on."""
    bind: Address = "127.0.0.1"
    """Address of the host that it listens on; 0.0.0.0 = all."""

    def url(self, where: str) -> str:
        """Where a browser finds what answers to this name or address."""
        return f"http://{where}" if self.port == 80 else f"http://{where}:{self.port}"
