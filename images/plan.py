"""Which images there are, and what each is made of. Pure: reads Dockerfiles and contexts, touches nothing.

An image's own tag is a hash of everything that goes into it, so "is it there?" is one question to Docker. The tags that
people and stack files use (`demo:1`, `tandem-gateway:local`) are aliases, moved to the newest build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.names import ROOT

SUITE = "sid"
"""Debian's suite for the offline base: only there is nginx new enough (1.27.4)."""

GATEWAY = "tandem-gateway:local"
"""What the program starts as its gateway: always the last one built here."""

BASE_RECIPE = ROOT / "images" / "base" / "make"


@dataclass(frozen=True)
class Image:
    """One image that this project builds."""

    alias: str
    """The tag for people, for example `demo:1`."""
    context: Path
    upstream: str
    """The base where a registry answers."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    repository: str = ""
    """Where the hash tag goes; the alias' own repository when empty."""

    def tag(self, base: str) -> str:
        """The image's own tag on this base: `<repository>:<12 hex digits>`."""
        repository = self.repository or self.alias.partition(":")[0]
        return f"{repository}:{digest(base, *map(str, sorted(self.arguments.items())), *contents(self.context))}"


def images() -> list[Image]:
    """All of them, the gateway first."""
    return [Image(GATEWAY, ROOT / "components/gateway/image", "nginx:1.30"), *demos()]


def demos() -> list[Image]:
    """The demo app: one build and six environments. What fails does so by `MODE`, under its own name as version."""
    good = [{"VERSION": version} for version in ("1", "2", "3")]
    bad = [{"VERSION": mode, "MODE": mode} for mode in ("crash", "sick", "errors")]
    return [
        Image(f"demo:{arguments['VERSION']}", ROOT / "images/demo", "debian:13-slim", arguments, "tandem-demo")
        for arguments in (*good, *bad)
    ]


def offline_base() -> str:
    """The tag of the base that is made here, a hash of its recipe."""
    return f"tandem-base:{digest(SUITE, BASE_RECIPE.read_text(encoding='utf-8'))}"


def contents(context: Path) -> Iterator[str]:
    """Every file of a build context with its path and whether it can run, in a fixed order."""
    for path in sorted(context.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{path.relative_to(context)} {path.stat().st_mode & 0o100:o}"
            yield hashlib.sha256(path.read_bytes()).hexdigest()


def digest(*parts: str) -> str:
    """Twelve hex digits over all parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
