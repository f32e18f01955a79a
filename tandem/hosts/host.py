"""What the command asks of the machine that carries a stack. The kinds are in `tandem.hosts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from subprocess import CompletedProcess
from typing import Protocol

from tandem.hosts.routing import Routing
from tandem.hosts.truth import Truth
from tandem.locks.holder import Holder
from tandem.locks.lock import Patience


@dataclass(frozen=True)
class Taken:
    """Why nobody else may listen on a port. `held`: by another program, else the address is not this machine's."""

    why: str
    held: bool = True


class Host(Protocol):
    """One machine, as far as a stack needs it."""

    @property
    def directory(self) -> str:
        """HOSTDIR, absolute, on the machine."""
        ...

    def truth(self) -> Truth:
        """What it serves and which containers it has. Raises DockerError, or Stop when it cannot tell."""
        ...

    def routing(self) -> Mapping[str, Routing]:
        """What the gateway's files say, by app: cheaper than the whole truth."""
        ...

    def has(self, name: str) -> bool:
        """Whether it has that script of its own; an older one lacks the newer ones, a new one has none before `up`."""
        ...

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> CompletedProcess[str]:
        """Runs one of its own scripts with `told` on stdin. Raises Stop when it takes longer than `limit` s."""
        ...

    def foresee(self, *, bind: str, port: int, gateway: str, images: Iterable[str]) -> None:
        """Everything that is about to be asked before a move, fetched at once where a question takes a while."""
        ...

    def disk_free(self, folder: str) -> tuple[str, int]:
        """The folder that was measured (`folder` where there is such), and the bytes free there."""
        ...

    def port_taken(self, bind: str, port: int) -> Taken | None:
        """Why the gateway could not listen there; None when it could."""
        ...

    def kept(self, me: Holder, patience: Patience) -> AbstractContextManager[None]:
        """Holds the stack on the machine itself, and says there who is at work; busy = Stop, exit 4."""
        ...

    def holder(self) -> Holder | None:
        """Who holds it so."""
        ...

    def free(self) -> None:
        """Takes it away from whoever holds it."""
        ...

    def engine(self) -> str | None:
        """The engine that the machine itself says the stack is run by; None where it says none."""
        ...
