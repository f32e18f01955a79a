"""A tree of files as one line of text: what travels to a host in a single round trip."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Mapping

EXECUTABLE_FOLDERS = ("bin/", "host/")
"""Where scripts live in a tree; everything in there is runnable."""


def mode(path: str) -> int:
    """File mode of a path of a tree."""
    return 0o755 if path.startswith(EXECUTABLE_FOLDERS) else 0o644


def digest(tree: Mapping[str, str]) -> str:
    """Twelve hex digits that change when any path or content does."""
    body = hashlib.sha256()
    for path, content in sorted(tree.items()):
        body.update(f"{path}\0{len(content.encode())}\0{content}".encode())
    return body.hexdigest()[:12]


def pack(tree: Mapping[str, str]) -> str:
    """The tree as a base64 tar: the same bytes for the same tree, so that an unchanged one shows no diff."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(tree.items()):
            data = content.encode()
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            entry.mode = mode(path)
            archive.addfile(entry, io.BytesIO(data))
    return base64.b64encode(buffer.getvalue()).decode()
