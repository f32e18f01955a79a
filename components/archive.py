"""A tree of files as one line of text: what travels to a host in a single round trip."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

EXECUTABLE_FOLDERS = ("bin/", "host/")
"""Where scripts live in a tree; everything in there is runnable."""


@cache
def verbatim(folder: Path) -> Mapping[str, str]:
    """Path below a folder of the program → content, sorted by path. Read once: no program changes its own files."""
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return MappingProxyType({path: file.read_text(encoding="utf-8") for path, file in sorted(files.items())})


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
