"""An image that says it is for another processor. Docker 20.10 makes none without emulation, so one is rewritten."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.project import docker


@contextmanager
def for_arm64(image: str, name: str) -> Iterator[str]:
    """The same layers under another name and for linux/arm64, while the block runs."""
    saved = subprocess.run(["docker", "save", image], capture_output=True, check=True).stdout
    subprocess.run(["docker", "load"], input=_rewritten(saved, name), capture_output=True, check=True)
    try:
        yield name
    finally:
        docker("rmi", "--force", name)


def _rewritten(saved: bytes, name: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(saved)) as old, tarfile.open(fileobj=made, mode="w") as new:
        listed = json.load(old.extractfile("manifest.json") or io.BytesIO())
        config = listed[0]["Config"]
        for member in old.getmembers():
            content = (old.extractfile(member) or io.BytesIO()).read() if member.isreg() else b""
            if member.name == "repositories":
                continue
            if member.name == "manifest.json":
                content = json.dumps([{**listed[0], "RepoTags": [name]}]).encode()
            if member.name == config:
                content = json.dumps({**json.loads(content), "architecture": "arm64"}).encode()
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    return made.getvalue()
