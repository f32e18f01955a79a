"""After success: what is not live keeps the hash it has, what is live needs none when the settings give the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import names
from config import rollout as moves
from config.rollout import Colour, Rollout
from tandem.engines import Result
from tandem.stack.session import as_entry
from tandem.stack.stackfile import StackFile


def freeze(file: StackFile, rollouts: Mapping[str, Rollout], result: Result) -> dict[str, Rollout]:
    """Writes the frozen hashes of `rollouts` (as `file` says them) by what the run just made; returns them."""
    settled = {app: frozen(value, result.outputs.get("releases", {}).get(app, {})) for app, value in rollouts.items()}
    changed = {app: as_entry(value) for app, value in settled.items() if value != rollouts[app]}
    if changed:
        file.write(file.with_rollouts(changed))
    return settled


def frozen(rollout: Rollout, releases: Mapping[str, Mapping[str, Any]]) -> Rollout:
    """`rollout` with its hashes frozen; `releases` is the stack output of one app: colour → release, declared, …."""
    hashes: dict[Colour, str] = {}
    declared: dict[Colour, str] = {}
    for colour in moves.COLOURS:
        if colour in releases:
            hashes[colour] = names.split_release(releases[colour]["release"])[1]
            declared[colour] = releases[colour]["declared"]
    return moves.freeze(rollout, hashes, declared)


def thawed(rollout: Rollout, releases: Mapping[str, Mapping[str, Any]]) -> Rollout:
    """`rollout` whose live slot needs no frozen hash where the last run's settings gave that very hash."""
    declared: dict[Colour, str] = {
        colour: releases[colour]["declared"] for colour in moves.COLOURS if colour in releases
    }
    return moves.freeze(rollout, {}, declared)
