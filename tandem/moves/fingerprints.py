"""What the stack file said at the end of the last good run: its sections, which image of each app is live, its ground.

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

from config import names
from config.gce import GceHost
from config.rollout import Rollout
from config.settings import Settings
from tandem.stack.stackfile import replace

NAME = "settled.json"
GROUND = ("components/hosts/gce", "components/storage", "components/secrets", "config/google_names.py")
"""Where the program says what is in Google Cloud."""


def sections(settings: Settings) -> dict[str, str]:
    """App → fingerprint of its section."""
    return {
        app: hashlib.sha256(section.model_dump_json().encode()).hexdigest()[:16]
        for app, section in settings.apps.items()
    }


def ground(settings: Settings) -> str | None:
    """Of all that decides what the stack has in Google Cloud, our own program among it; None where it has nothing."""
    if not isinstance(settings.host, GceHost):
        return None
    # `tandem` writes these two itself, when the machine is there.
    host = settings.host.model_dump_json(exclude={"address", "host_key"})
    storage = [name + one.model_dump_json() for name, one in settings.storage.items()]
    secrets = [settings.secrets.model_dump_json(), *settings.used_secrets]
    programs = [file.read_bytes() for place in GROUND for file in _files(place)]
    said = [part.encode() for part in (settings.profile, host, *storage, *secrets)]
    return hashlib.sha256(b"\0".join([*said, *programs])).hexdigest()[:16]


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


def same_ground(folder: Path, settings: Settings) -> bool:
    """Whether what is in Google Cloud was left by a good run of the same ground; one that nobody knows was not."""
    return _last(folder).get("ground") == ground(settings)


def save(folder: Path, settings: Settings, rollouts: Mapping[str, Rollout]) -> None:
    """Remembers the sections, and `rollouts` as a good run left them, over those of `settings`."""
    file = folder / NAME
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch()
    said = {
        "sections": sections(settings),
        "live": live({**settings.rollouts, **rollouts}),
        "ground": ground(settings),
    }
    replace(file, json.dumps(said).encode())


def _files(place: str) -> list[Path]:
    path = names.ROOT / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file()


def _last(folder: Path) -> Mapping[str, Any]:
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # never run, or half a file of a full disk: then nothing is known
        return {}
    return said if isinstance(said, dict) else {}


def _same(last: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(app for app, said in now.items() if last.get(app) == said)
