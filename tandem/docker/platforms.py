"""Which images run on which machine: `linux/amd64`, `linux/arm/v7`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_GO = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i386": "386",
    "i686": "386",
    "loongarch64": "loong64",
}
"""What a kernel calls a machine → what images call it; the others have one name."""
_ALSO = {"amd64": "386", "arm64": "arm"}
"""What a processor runs besides its own."""


def joined(system: str | None, architecture: str | None, variant: str | None = None) -> str:
    """As Docker writes it; "" where the image does not say."""
    return "/".join(part for part in (system, architecture, variant) if part) if system and architecture else ""


def of_the_host(info: Mapping[str, Any]) -> str:
    """The machine's own, by what its Docker says of itself; "" where it does not."""
    architecture = str(info.get("Architecture") or "")
    return joined(info.get("OSType"), _GO.get(architecture, architecture))


def runs(image: str, host: str) -> bool:
    """Whether it does, as far as the names tell: variants of arm are left to Docker, and so is what nobody knows."""
    if not image or not host or image.startswith("unknown/"):
        return True
    system, architecture = image.split("/")[:2]
    own, processor = host.split("/")[:2]
    return system == own and architecture in (processor, _ALSO.get(processor))


def any_runs(images: Collection[str], host: str) -> bool:
    """Whether one of the images under a name does."""
    return not images or any(runs(image, host) for image in images)
