"""What this machine's apt knows: where its Debian mirror is, and how it gets there. Pure: text in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

KEPT = ("proxy", "cainfo", "verify-peer", "verify-host", "check-date", "timeout", "retries")
"""Settings under `Acquire::` that say how to reach a mirror, and nothing else."""


def mirror(sources: Iterable[str]) -> str | None:
    """The first Debian archive (not security, not another vendor's) in the texts of apt's source lists."""
    for text in sources:
        for address in _addresses(text):
            path = address.rstrip("/")
            if path.startswith(("http://", "https://")) and path.endswith("/debian"):
                return path
    return None


def _addresses(text: str) -> Iterable[str]:
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == "deb":
            yield next((word for word in words[1:] if "://" in word), "")
        elif words and words[0].lower() == "uris:":
            yield from words[1:]


def source_texts(etc: Path) -> list[str]:
    """The source lists below `/etc/apt`, as apt reads them: the main list, then the folder in order."""
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    return [
        file.read_text(encoding="utf-8") for file in files if file.suffix in (".list", ".sources") and file.is_file()
    ]


def options(dump: str) -> list[str]:
    """From `apt-config dump`, the lines that a build behind the same proxy needs too."""
    return [line for line in dump.splitlines() if _is_kept(line)]


def _is_kept(line: str) -> bool:
    name, _, value = line.partition(" ")
    parts = name.lower().split("::")
    return parts[0] == "acquire" and value not in ('"";', "") and any(part in KEPT for part in parts)
