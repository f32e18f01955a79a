"""The embedded state file of a stack, which the CLI does not write in one piece: a kill may leave half of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tandem.engines import EngineError


def repair(checkpoint: Path, backups: Path) -> Path | None:
    """Puts the newest whole backup in the place of a state file that is not whole; None when it is.

    What the lost steps made carries the stack's labels: the next run makes it again and sweeps up the first one.
    Raises EngineError when no backup is whole.
    """
    _drop_half_attributes(checkpoint.parent)
    if _is_whole(checkpoint):
        return None
    for backup in _newest_first(checkpoint, backups):
        if _is_whole(backup):
            whole = checkpoint.with_name(checkpoint.name + ".whole")
            whole.write_bytes(backup.read_bytes())
            whole.replace(checkpoint)
            return backup
    raise EngineError(
        f"{checkpoint} is not whole and no backup below {backups} is either; what serves goes on serving. "
        "Restore the file from your own backup, or move it away and take the containers down by hand"
    )


def _drop_half_attributes(folder: Path) -> None:
    """Beside each file the CLI keeps `<file>.attrs`: it can read the file without one, but not with half a one."""
    for attributes in folder.glob("*.attrs"):
        try:
            json.loads(attributes.read_text(encoding="utf-8"))
        except ValueError:
            attributes.unlink()


def _newest_first(checkpoint: Path, backups: Path) -> Iterator[Path]:
    kept = [checkpoint.with_name(checkpoint.name + ".bak"), *backups.glob("*.json")]
    yield from sorted((file for file in kept if file.is_file()), key=lambda file: file.stat().st_mtime, reverse=True)


def _is_whole(file: Path) -> bool:
    try:
        return isinstance(json.loads(file.read_text(encoding="utf-8"))["checkpoint"], dict)
    except (ValueError, KeyError, TypeError):
        return False
