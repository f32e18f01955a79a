"""Secrets as an app should read them: the variable first, then the file that it may be in, then none."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from pathlib import Path

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def read(name: str, env: Mapping[str, str]) -> tuple[str, str | None]:
    """Where the value is (`env`, `file` or `none`), and the value."""
    if name in env:
        return "env", env[name]
    if f"{name}_FILE" in env:
        return "file", Path(env[f"{name}_FILE"]).read_text(encoding="utf-8")
    return "none", None


def proof(name: str, key: str, env: Mapping[str, str]) -> dict[str, str | None]:
    """What `/secret` answers: that it has the value, by a digest under the asker's key, and never the value."""
    place, value = read(name, env)
    digest = hmac.new(key.encode(), value.encode(), "sha256").hexdigest() if value is not None else None
    return {"name": name, "from": place, "digest": digest}
