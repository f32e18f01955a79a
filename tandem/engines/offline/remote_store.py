"""The store of a stack on an ssh host: on that host, so that whoever may log in can go on with the stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tandem.engines import EngineError
from tandem.engines.offline import locks
from tandem.hosts.keeper import Keeper
from tandem.hosts.ssh import Ssh
from tandem.locks.holder import Holder, me
from tandem.locks.lock import Patience


class SshStore:
    """A `Store` behind a link. Its lock is the command's own: one session holds the stack and takes the state."""

    def __init__(self, host: Ssh, name: str) -> None:
        self.host = host
        self.name = name
        self.place = f"{host.link.host.address}:{host.directory}/offline/state.json"

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """See `Store.held`."""
        if self.host.keeper is not None:
            yield
            return
        with self.host.kept(me(what), Patience(0.0, lambda _: None)):
            yield

    def holders(self) -> Sequence[Holder]:
        """See `Store.holders`: a command that holds the stack itself stands in nobody's way but others'."""
        by = None if self.host.keeper is not None else self.host.holder()
        return [by] if by else []

    def free(self) -> None:
        """See `Store.free`."""
        self.host.free()

    def read(self) -> bytes:
        """See `Store.read`."""
        return self._last if self._last is not None else self.host.keeps().state

    _last: bytes | None = None
    """What this process wrote last: the host has it, but need not be asked."""

    def write(self, state: bytes) -> None:
        """See `Store.write`."""
        self._keeper.put(state)
        self._last = state

    def settle(self) -> None:
        """See `Store.settle`."""
        if self._last is not None:
            self._keeper.settle()

    def key(self) -> bytes:
        """See `Store.key`; the host makes it with the lock. Before the first `up` a key of no meaning must do."""
        known = self.host.keeps().key
        return bytes.fromhex(known) if known else bytes(32)

    def check_pin(self) -> None:
        """See `Store.check_pin`."""
        pinned = self.host.engine()
        if pinned not in (None, locks.ENGINE):
            raise EngineError(locks.refusal_of(self.name, pinned))

    def set_pin(self) -> None:
        """See `Store.set_pin`."""
        if self.host.engine() != locks.ENGINE:
            self._keeper.pin(locks.ENGINE)

    def remove_pin(self) -> None:
        """See `Store.remove_pin`."""
        self._keeper.pin(None)

    @property
    def _keeper(self) -> Keeper:
        assert self.host.keeper is not None, "the state is written while the stack is held"
        return self.host.keeper
