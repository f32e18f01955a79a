"""The engine that needs no CLI: for rehearsals, tests, and machines that cannot download one."""

from tandem.engines.offline.engine import OfflineEngine

__all__ = ["OfflineEngine"]
