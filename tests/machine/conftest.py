"""The fixtures of this folder."""

from tests.machine.fixtures import bare_machine, machine, relay, shared_machine, swept

__all__ = ["bare_machine", "machine", "relay", "shared_machine", "swept"]
