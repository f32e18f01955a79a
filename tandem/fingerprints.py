"""What each app's section said at the last good run: whether a run would replace a release that the file leaves alone.

Not the release's own hash, which only the program can compute (it knows the secrets); a section that says the same
gives the same release, but for a secret with a new value, whose old release the guard then waits for.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from config.settings import Settings
from tandem.stackfile import replace

NAME = "settled.json"


def now(settings: Settings) -> dict[str, str]:
    """App → fingerprint of its section."""
    return {
        app: hashlib.sha256(section.model_dump_json().encode()).hexdigest()[:16]
        for app, section in settings.apps.items()
    }


def unchanged(folder: Path, settings: Settings) -> frozenset[str]:
    """The apps whose section says what it said at the last good run; an unknown one has changed."""
    try:
        last = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # never run, or half a file of a full disk: then nothing is known
        last = {}
    return frozenset(app for app, fingerprint in now(settings).items() if last.get(app) == fingerprint)


def save(folder: Path, settings: Settings) -> None:
    """Remembers the sections after a good run."""
    file = folder / NAME
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch()
    replace(file, json.dumps(now(settings)).encode())
