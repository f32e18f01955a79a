"""`unlock`: who holds a stack, and how it becomes free when the holder's machine is gone.

A holder that is dead on this machine needs no unlocking: the kernel frees its file locks, and the lock of a dead
Pulumi CLI is cleared by whoever looks. What another machine does nobody here can see, so a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tandem.exits import BUSY, Stop
from tandem.locks import holder
from tandem.locks.holder import Holder
from tandem.locks.lock import NAME
from tandem.stack.session import Session

COMMAND = "command"
HOST = "host"


@dataclass(frozen=True)
class Lock:
    """A lock that is held: the command's (around stack file and host) or the engine's (around its state)."""

    name: str
    by: Holder

    @property
    def whose(self) -> str:
        """For people."""
        known = {COMMAND: "the command", HOST: "the stack on its host"}
        return known.get(self.name, f"the engine {self.name}")


def look(session: Session) -> list[Lock]:
    """Every lock that is held on the stack."""
    command = holder.holder_of(session.folder / NAME)
    own = [Lock(COMMAND, command)] if command else []
    there = session.host.holder()
    own += [Lock(HOST, there)] if there and there != command else []
    return [*own, *(Lock(session.engine_name, by) for by in session.engine.holders())]


def lines(held: Sequence[Lock]) -> list[str]:
    """Who, what, where, since."""
    return [f"lock of {lock.whose}: {lock.by}" for lock in held]


def refuse_the_living(held: Sequence[Lock]) -> None:
    """Raises Stop (busy) when a holder runs on this machine: that one can be waited for, or ended."""
    here = next((lock.by for lock in held if holder.here(lock.by)), None)
    if here is not None:
        way = f"Wait for it (--wait), or end it: kill {here.pid}"
        raise Stop(f"{here} is at work on this machine; nothing was changed. {way}", BUSY)


def free(session: Session, held: Sequence[Lock]) -> None:
    """Takes the locks away; the next command makes new ones."""
    for lock in held:
        if lock.name == COMMAND:
            (session.folder / NAME).unlink(missing_ok=True)
        elif lock.name == HOST:
            session.host.free()
        else:
            session.engine.unlock()
        session.show.warn(f"freed the lock of {lock.by}; `tandem status` shows what serves, `tandem up` makes it whole")
