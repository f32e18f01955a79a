"""The host of a `local` stack: this machine, its files under the checkout."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from config import names
from tandem.docker import Docker, ports
from tandem.engines import StackRef
from tandem.exits import environment
from tandem.hosts import routing
from tandem.hosts.host import Taken
from tandem.hosts.routing import Routing
from tandem.hosts.truth import Truth
from tandem.locks.holder import Holder
from tandem.locks.lock import Patience, held

SERVING_LIMIT = 10.0


class Local:
    """A `Host` that is this machine."""

    def __init__(self, stack: StackRef, docker: Docker, directory: Path | None = None) -> None:
        self.docker = docker
        self.labels = {names.LABEL_PROJECT: stack.project, names.LABEL_STACK: stack.stack}
        self.folder = directory or names.host_directory(stack.project, stack.stack)

    @property
    def directory(self) -> str:
        """See `Host.directory`."""
        return str(self.folder)

    def truth(self) -> Truth:
        """Asks the gateway's files and Docker. See `Host.truth`."""
        return Truth(self.routing(), tuple(self.docker.containers(self.labels)))

    def routing(self) -> dict[str, Routing]:
        """What the live files say, by app; empty before the first `up`."""
        if not self.has("serving"):
            return {}
        return routing.answered(self.script("serving", limit=SERVING_LIMIT))

    def has(self, name: str) -> bool:
        """See `Host.has`."""
        return self._path(name).is_file()

    def script(self, name: str, *arguments: str, told: str = "", limit: float) -> subprocess.CompletedProcess[str]:
        """See `Host.script`."""
        try:
            return subprocess.run(
                ["sh", str(self._path(name)), *arguments],
                input=told,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise environment(f"{self._path(name)} did not end within {limit:g} s") from None

    def foresee(self, *, bind: str, port: int, gateway: str, images: Iterable[str]) -> None:
        """Every question here is answered at once: nothing to do."""

    def disk_free(self, folder: str) -> tuple[str, int]:
        """See `Host.disk_free`. A Docker elsewhere may have its folder elsewhere: then the checkout's disk."""
        measured = Path(folder) if Path(folder).is_dir() else names.ROOT
        return str(measured), shutil.disk_usage(measured).free

    def port_taken(self, bind: str, port: int) -> Taken | None:
        """See `Host.port_taken`; by trying."""
        refusal = ports.refused(bind, port)
        if refusal is None:
            return None
        if refusal.errno == errno.EADDRINUSE:
            return Taken(f"is held by {ports.owner(port) or 'another process'}")
        return Taken(str(refusal.strerror), held=False)

    def kept(self, me: Holder, patience: Patience) -> AbstractContextManager[None]:
        """See `Host.kept`. The checkout's own lock keeps others out; this one says to the host's scripts who is in."""
        return held(self.folder, me, patience, names.HOST_LOCK)

    def holder(self) -> Holder | None:
        """Nobody beside the checkout's own lock."""
        return None

    def free(self) -> None:
        """Nothing to free."""

    def engine(self) -> str | None:
        """The checkout knows; the machine says nothing of its own."""
        return None

    def _path(self, script: str) -> Path:
        return self.folder / "gateway" / "current" / "host" / script
