"""Is there room for images, logs and the next release?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.settings import Settings
from tandem.checks.finding import Finding, bad, good
from tandem.hosts.host import Host

GB = 1000**3
SMALL = 6
"""GB that a developer's machine must have free, where the stack file says nothing."""


def room(settings: Settings, info: Mapping[str, Any], host: Host) -> Finding:
    """GB free where Docker keeps its data, against the stack's figure."""
    measured, left = host.disk_free(info.get("DockerRootDir") or "/")
    free = left / GB
    wanted = needed(settings)
    if free >= wanted:
        return good("disk", f"{free:.0f} GB free at {measured}")
    remedy = "Free some: `docker system df` shows what is used, `docker image prune` removes what nobody names"
    return bad("disk", f"{free:.1f} GB free at {measured}, {wanted} GB wanted (tandem:host: min_free_gb)", remedy)


def needed(settings: Settings) -> int:
    """The stack's own figure; else 6 GB for local and dev, and the default of the settings for the others."""
    if "min_free_gb" in settings.host.model_fields_set or settings.profile not in {"local", "dev"}:
        return settings.host.min_free_gb
    return SMALL
