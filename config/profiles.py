"""What a profile decides where a stack says nothing; a stack may say otherwise, and prod then accepts the risk by name.

Pure. `config.risks` names the rules that a weaker choice breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Profile = Literal["local", "dev", "staging", "prod"]


@dataclass(frozen=True)
class Defaults:
    """`snapshot_days`: None = no snapshots. `force_destroy`: a bucket may be deleted with files in it."""

    protect: bool
    snapshot_days: int | None
    soft_delete_days: int
    force_destroy: bool


DEFAULTS: dict[Profile, Defaults] = {
    "local": Defaults(protect=False, snapshot_days=None, soft_delete_days=0, force_destroy=True),
    "dev": Defaults(protect=False, snapshot_days=None, soft_delete_days=0, force_destroy=True),
    "staging": Defaults(protect=False, snapshot_days=3, soft_delete_days=7, force_destroy=False),
    "prod": Defaults(protect=True, snapshot_days=14, soft_delete_days=30, force_destroy=False),
}
