"""Where the engine keeps what it knows of a stack: state, key of the seals, lock, and whose stack it is."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from tandem.engines.offline import locks
from tandem.engines.offline.durable import write_durably
from tandem.locks.holder import Holder


class Store(Protocol):
    """One stack's place. `name` is the stack's, `place` where its state is, both for messages."""

    name: str
    place: str

    def held(self, what: str) -> AbstractContextManager[None]:
        """Nobody else runs the stack meanwhile, until the block ends or this process dies. Raises EngineError."""
        ...

    def holders(self) -> Sequence[Holder]:
        """Who runs it now."""
        ...

    def free(self) -> None:
        """Takes the lock away from whoever holds it."""
        ...

    def read(self) -> bytes:
        """The state as it was written; empty when there is none."""
        ...

    def write(self, state: bytes) -> None:
        """Replaces the state as a whole. Effects that begin after this returned come after it at the store too."""
        ...

    def settle(self) -> None:
        """Returns once everything written is on disk. Raises EngineError where it could not be."""
        ...

    def key(self) -> bytes:
        """The stack's key, made on the first use."""
        ...

    def check_pin(self) -> None:
        """Raises EngineError for a stack that another engine runs."""
        ...

    def set_pin(self) -> None:
        """The stack is this engine's."""
        ...

    def remove_pin(self) -> None:
        """The stack is nobody's: nothing of it is left."""
        ...


class LocalStore:
    """A folder of this machine."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.place = str(self._state)

    @property
    def _state(self) -> Path:
        return self.directory / "offline.json"

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """See `Store.held`."""
        with locks.held(self.directory, self.name, what):
            yield

    def holders(self) -> Sequence[Holder]:
        """See `Store.holders`. The kernel frees this lock with its process, so a dead holder has none."""
        by = locks.holder_of(self.directory)
        return [by] if by else []

    def free(self) -> None:
        """See `Store.free`."""
        locks.free(self.directory)

    def read(self) -> bytes:
        """See `Store.read`."""
        return self._state.read_bytes() if self._state.exists() else b""

    def write(self, state: bytes) -> None:
        """See `Store.write`."""
        write_durably(self._state, state)

    def settle(self) -> None:
        """Every write is on disk when it returns."""

    def key(self) -> bytes:
        """See `Store.key`."""
        file = self.directory / "key"
        if not file.is_file():
            write_durably(file, randomness.token_bytes(32))
        return file.read_bytes()

    def check_pin(self) -> None:
        """See `Store.check_pin`."""
        locks.check_pin(self.directory, self.name)

    def set_pin(self) -> None:
        """See `Store.set_pin`."""
        locks.set_pin(self.directory)

    def remove_pin(self) -> None:
        """See `Store.remove_pin`."""
        locks.remove_pin(self.directory)
