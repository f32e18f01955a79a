"""Images that the stack itself needs, named once; a stack may override any under `tandem:images`."""

from __future__ import annotations

from config.base import Image, Model


class Images(Model):
    """What runs beside the apps."""

    gateway: Image = "tandem-gateway:local"
    """The gateway; the set-up builds it on the Docker host under this name from `components/gateway/image`."""
