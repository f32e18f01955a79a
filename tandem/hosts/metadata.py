"""An instance of Google Cloud as a machine that `rotate-key` opens: who gets in stands in its metadata.

So a change is an edit of the stack file and a run of the engine, in place and without a restart; Google's guest agent
takes it up within seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.gce import GceHost
from tandem.engines import EngineError
from tandem.exits import environment, refused, usage
from tandem.hosts import doors, keys, pin, shell
from tandem.stack.session import Session
from tandem.stack.stackfile import StackFile

PATIENCE = 90.0
"""Seconds until the guest agent must have taken up a change."""


class Machine(Protocol):
    """What the instance itself is asked, by `ssh`."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def lets_in(self, key: Path) -> bool:
        """See `keys.Door`."""
        ...

    def has(self, key: Path, line: str) -> bool:
        """See `keys.Door`: whether its own file of keys has the line."""
        ...


@dataclass(frozen=True)
class MetadataDoor:
    """A `keys.Door`. `apply`: runs the engine on the file as it is now; raises Stop or FailedRun."""

    machine: Machine
    file: Path
    apply: Callable[[], None]
    comment: str
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        """See `keys.Door`."""
        return self.machine.name

    def lets_in(self, key: Path) -> bool:
        """See `keys.Door`."""
        return self.machine.lets_in(key)

    def add(self, key: Path, old: str, new: str) -> None:
        """See `keys.Door`."""
        file = StackFile.read(self.file)
        if new not in file.text:
            if old not in file.text:
                raise environment(
                    f"{file.path.name}: the key in use is not in tandem:host: ssh: public_keys; nothing was changed"
                )
            file.write(pin.listed(file, f"{new} {self.comment}", after=old))
            self.apply()
        if not self._becomes(lambda: self.machine.has(key, new)):
            raise environment(
                f"{self.name}: the new key is in its metadata, but its guest agent has not taken it up within "
                f"{PATIENCE:g} s; both keys stay. `tandem ssh -- journalctl -u google-guest-agent` says more"
            )

    def has(self, key: Path, line: str) -> bool:
        """See `keys.Door`: the file may have been changed and the machine not yet, when one was broken off."""
        return line in StackFile.read(self.file).text or self.machine.has(key, line)

    def remove(self, key: Path, old: str, new: str, proved: Callable[[], bool]) -> bool:
        """See `keys.Door`. When this process dies the new key is in the file and the machine lets it in."""
        before = StackFile.read(self.file)
        if new not in before.text:
            raise environment(f"{before.path.name}: the new key is not in public_keys; the old one stays")
        after = before.write(pin.unlisted(before, old)) if old in before.text else before
        self.apply()
        self._becomes(lambda: not self.machine.has(key, old))
        if proved():
            return True
        if after.unchanged():
            after.write(before.text)
        self.apply()
        return False

    def _becomes(self, true: Callable[[], bool]) -> bool:
        deadline = self.clock() + PATIENCE
        while not true():
            if self.clock() >= deadline:
                return False
            self.pause(1.0)
        return True


def rotate(session: Session, section: GceHost, confirm: Callable[[str], None]) -> None:
    """The whole story on a stack's instance. Raises Stop."""
    file = session.stack.file.name
    if section.ssh.login == "os-login":
        raise usage(
            f"{file}: login: os-login: Google's accounts decide who gets in, and keys of an account are changed there "
            f"(gcloud compute os-login ssh-keys); there is none in the stack to rotate"
        )
    if section.ssh.key is None:
        raise usage(
            f"{file}: host.ssh.key is not said, so the SSH agent opens the machine; name the key file there, "
            f"and whoever deploys has it rotated"
        )
    host = shell.machine(session)
    ring = keys.Ring(Path(section.ssh.key).expanduser().resolve())
    note = keys.comment(session.stack.project, session.stack.stack)
    with session.alone("rotate-key"):
        demand_nothing_else(session)
        door = MetadataDoor(doors.SshDoor(host.address, host), session.stack.file, lambda: _apply(session), note)
        keys.Rotation(ring, [door], doors.Keygen(), session.show.say, confirm, note).run()


def demand_nothing_else(session: Session) -> None:
    """Refuses while the file says more than what runs: the engine would bring that about too."""
    try:
        changed = session.engine.preview(lambda _event: None).changed
    except EngineError as error:
        raise environment(f"preview: {error}") from None
    if changed:
        raise refused(
            f"{session.stack.file.name} says more than what runs, and a new key would bring it along; "
            f"next: tandem up, then tandem rotate-key"
        )


def _apply(session: Session) -> None:
    from tandem.moves import update

    session.reread()
    update.run(session, "rotate-key", session.engine.up, session.truth())
