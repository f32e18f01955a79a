"""Files of ours on the host that somebody changed there: the gateway's configuration and scripts, those of jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config import names
from tandem.engines import Engine
from tandem.hosts.host import Host

LIMIT = 30.0
"""Seconds for a digest of every file; a quarter of one on a quiet machine."""


def look(host: Host, engine: Engine) -> Iterator[str]:
    """Says which, and has the engine install them anew."""
    found = edited(host)
    engine.anew = [names.files(kind) for kind in found]
    for kind, files in found.items():
        what = ", ".join(files) or "files of it are missing"
        yield f"{kind}: edited by hand on the host: {what}"


def edited(host: Host) -> Mapping[str, tuple[str, ...]]:
    """Set of files → those of it that were changed, where their dates tell; empty before the first `up`."""
    if not host.has("install"):
        return {}
    said = host.script("install", "--edited", host.directory, limit=LIMIT)
    if said.returncode:  # scripts of before 2026-12 cannot tell; the next `up` brings today's
        return {}
    lines = (line.partition(":") for line in said.stdout.splitlines())
    return {kind: tuple(files.split()) for kind, _, files in lines}
