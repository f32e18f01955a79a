"""What the stack file said at the end of the last good run: its sections, and which image of each app is live.

A section that says the same gives the same release, but for a secret with a new value, whose old release the guard then
waits for; its real hash only the program can compute, which knows the secrets. A live slot that says the same was not
edited: where the host serves something else then, the host moved by itself, after a switch that outlived its command.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.rollout import Rollout
from config.settings import Settings
from tandem.stackfile import replace

NAME = "settled.json"


def sections(settings: Settings) -> dict[str, str]:
    """App → fingerprint of its section."""
    return {
        app: hashlib.sha256(section.model_dump_json().encode()).hexdigest()[:16]
        for app, section in settings.apps.items()
    }


def live(rollouts: Mapping[str, Rollout]) -> dict[str, list[str]]:
    """App → colour and image of what is live, for those where something is."""
    found = {
        app: (rollout.live, rollout.slot(rollout.live) if rollout.live else None) for app, rollout in rollouts.items()
    }
    return {app: [colour, slot.image] for app, (colour, slot) in found.items() if colour and slot}


def unchanged(folder: Path, settings: Settings) -> frozenset[str]:
    """The apps whose section says what it said at the last good run; an unknown one has changed."""
    return _same(_last(folder).get("sections", {}), sections(settings))


def unedited(folder: Path, settings: Settings) -> frozenset[str]:
    """The apps whose live slot says what it said at the last good run; an unknown one was edited."""
    return _same(_last(folder).get("live", {}), live(settings.rollouts))


def save(folder: Path, settings: Settings, rollouts: Mapping[str, Rollout]) -> None:
    """Remembers the sections, and `rollouts` as a good run left them, over those of `settings`."""
    file = folder / NAME
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch()
    said = {"sections": sections(settings), "live": live({**settings.rollouts, **rollouts})}
    replace(file, json.dumps(said).encode())


def _last(folder: Path) -> Mapping[str, Any]:
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # never run, or half a file of a full disk: then nothing is known
        return {}
    return said if isinstance(said, dict) else {}


def _same(last: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(app for app, said in now.items() if last.get(app) == said)
