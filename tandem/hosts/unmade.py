"""The host of a `gce` stack before its machine is known here: it serves nothing, and only `up` has something to do."""

# ruff: noqa: ARG002  (whoever is not there has no use for what he is asked)

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext

from config import names
from tandem.docker import Container, Docker, DockerError
from tandem.engines import StackRef
from tandem.exits import Stop, environment
from tandem.hosts.host import Taken
from tandem.hosts.routing import Routing
from tandem.hosts.truth import Truth
from tandem.locks.holder import Holder
from tandem.locks.lock import Patience


def why(stack: StackRef) -> str:
    """What to say to whoever needs the machine."""
    return (
        f"{stack.file.name}: the machine is not known here (tandem:host says no address and host_key); "
        f"next: tandem up, which makes it and writes both there. Made already? tandem host-key"
    )


class Nowhere(Docker):
    """Docker of a machine that is not known: it has nothing, and does nothing."""

    def __init__(self, stack: StackRef) -> None:
        super().__init__("ssh://nowhere")
        self.why = why(stack)

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """None."""
        return []

    def running_in(self, network: str) -> list[str]:
        """None."""
        return []

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        """None."""
        return []

    def attach(self, *arguments: str) -> int:
        """See `Docker.attach`."""
        raise DockerError(self.why)

    def _run(self, *arguments: str, limit: float = 0.0) -> subprocess.CompletedProcess[str]:
        raise DockerError(self.why)


class Unmade:
    """A `Host` that is still to come."""

    def __init__(self, stack: StackRef) -> None:
        self.stack = stack

    @property
    def directory(self) -> str:
        """See `Host.directory`."""
        return names.remote_directory(self.stack.project, self.stack.stack)

    def truth(self) -> Truth:
        """See `Host.truth`: nothing."""
        return Truth({}, ())

    def routing(self) -> Mapping[str, Routing]:
        """See `Host.routing`: nothing."""
        return {}

    def has(self, name: str) -> bool:
        """See `Host.has`: nothing."""
        return False

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        """See `Host.script`."""
        raise self._stop

    def foresee(self, *, bind: str, port: int, gateway: str, images: Iterable[str]) -> None:
        """See `Host.foresee`: nothing is asked."""

    def disk_free(self, folder: str) -> tuple[str, int]:
        """See `Host.disk_free`."""
        raise self._stop

    def port_taken(self, bind: str, port: int) -> Taken | None:
        """See `Host.port_taken`."""
        raise self._stop

    def kept(self, me: Holder, patience: Patience) -> AbstractContextManager[None]:
        """See `Host.kept`: the engine's own lock is all there is."""
        return nullcontext()

    def holder(self) -> Holder | None:
        """See `Host.holder`: nobody."""
        return None

    def free(self) -> None:
        """See `Host.free`."""

    def engine(self) -> str | None:
        """See `Host.engine`: it says none."""
        return None

    @property
    def _stop(self) -> Stop:
        return environment(why(self.stack))
