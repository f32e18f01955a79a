"""Keyed digests of secret values, for sources that have no versions of their own."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache
from pathlib import Path

import pulumi

from config import names

ENV_KEY = names.ENV_FINGERPRINT_KEY


def fingerprint(name: str, value: str) -> str:
    """64 hex digits. Without the key a digest says nothing, so a short secret cannot be guessed from a state file."""
    return hmac.new(_key(), f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    """The stack's key: from the environment (several machines that deploy share it), else a file made once."""
    given = os.environ.get(ENV_KEY)
    return given.encode() if given else _file_key(names.stack_directory(pulumi.get_project(), pulumi.get_stack()))


@cache
def _file_key(directory: Path) -> bytes:
    path = directory / "fingerprint.key"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as key:
            key.write(os.urandom(32).hex())
    return path.read_bytes()
