"""`tandem rotate-key`: a new deploy key in place of the old one, so that at no moment nobody can log in.

    prove the old → make NEW → let it in → prove it → swap the files → prove them → take the old out → prove again

Every step can be done twice. Killed anywhere, the key file on this machine is one that the host lets in, and the same
command goes on from there; what is there tells how far it came. The old key stays beside the new one as `KEY.old`.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from tandem.exits import environment, usage


class Door(Protocol):
    """One machine that must let the key in: a bastion, or the host itself behind it."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def lets_in(self, key: Path) -> bool:
        """Whether a fresh connection with this key and no other gets in."""
        ...

    def add(self, key: Path, old: str, new: str) -> None:
        """Logged in with `key`, lets `new` in wherever `old` is let in. Raises Stop where `old` is not written down."""
        ...

    def has(self, key: Path, line: str) -> bool:
        """Logged in with `key`, whether the public key `line` is written down there."""
        ...

    def remove(self, key: Path, old: str, new: str, proved: Callable[[], bool]) -> bool:
        """Logged in with `key`, takes `old` out; puts it back unless `proved` says so, also when this process dies."""
        ...


class Maker(Protocol):
    """Makes and reads keys."""

    def make(self, path: Path, comment: str) -> None:
        """A new ed25519 key without a passphrase, and its public half beside it."""
        ...

    def public(self, path: Path) -> str | None:
        """`ssh-ed25519 AAAA…` of a private key; None for one that is not whole, or has a passphrase."""
        ...


@dataclass(frozen=True)
class Ring:
    """The files of one key: `KEY` and `KEY.pub`, the next one as `KEY.new`, the former as `KEY.old`."""

    key: Path

    @property
    def new(self) -> Path:
        """The next key, until it is this one."""
        return self.beside(".new")

    @property
    def old(self) -> Path:
        """The former key."""
        return self.beside(".old")

    def beside(self, ending: str) -> Path:
        """`KEY.new` for `.new`."""
        return self.key.with_name(self.key.name + ending)

    def keep_old(self) -> None:
        """The key under its second name too; no moment without it under the first."""
        public(self.old).unlink(missing_ok=True)
        self._copy(self.key, self.old)
        if public(self.key).is_file():
            self._copy(public(self.key), public(self.old))

    def swap(self) -> None:
        """The next key becomes the key: one rename.

        Without a public half beside it meanwhile: ssh would offer the former one, and then could not sign.
        """
        public(self.key).unlink(missing_ok=True)
        self.new.replace(self.key)
        self.tidy()

    def tidy(self) -> None:
        """The public half follows, also of a swap that was killed between the two."""
        if public(self.new).is_file() and not self.new.exists():
            public(self.new).replace(public(self.key))

    def complete(self, line: str) -> None:
        """The public half of a next key whose making was killed before it."""
        if not public(self.new).is_file():
            public(self.new).write_text(f"{line}\n", encoding="utf-8")

    def drop_new(self) -> None:
        """A next key that is not whole; nobody lets it in yet, as that comes after it was made."""
        self.new.unlink(missing_ok=True)
        public(self.new).unlink(missing_ok=True)

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        temporary = target.with_name(f"{target.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        shutil.copy2(source, temporary)
        temporary.replace(target)


def public(key: Path) -> Path:
    """Where the public half is."""
    return key.with_name(key.name + ".pub")


@dataclass(frozen=True)
class Rotation:
    """One rotation. `doors`: in the order in which one passes them; `say`: where its steps are told."""

    ring: Ring
    doors: Sequence[Door]
    maker: Maker
    say: Callable[[str], None]
    confirm: Callable[[str], None]
    comment: str

    def run(self) -> None:
        """From wherever the last one stopped to the end. Raises Stop; then the key file still gets in."""
        self.ring.tidy()
        old, current = self._half_done(), self._public(self.ring.key)
        self._prove(self.ring.key, "the key that is in use")
        if old is not None and self._any_has(old):
            self.say(f"going on with a rotation that was broken off: the new key is in place, {self.ring.old} goes")
            self._take_out(old, current)
            return
        self.confirm(
            f"Replace {self.ring.key} by a new key? Other machines that let it in will know {self.ring.old} only."
        )
        new = self._made()
        for door in self.doors:
            door.add(self.ring.key, current, new)
            self.say(f"{door.name}: lets the new key in")
        self._prove(self.ring.new, "the new key")
        self.ring.keep_old()
        self.ring.swap()
        self.say(f"{self.ring.key} is the new key, {self.ring.old} the old one")
        self._prove(self.ring.key, "the new key in its place")
        self._take_out(current, new)

    def _half_done(self) -> str | None:
        """The public half of the former key, where no next one waits: its rotation may not have come to its end."""
        if self.ring.new.exists() or not self.ring.old.is_file():
            return None
        old = self.maker.public(self.ring.old)
        return old if old != self.maker.public(self.ring.key) else None

    def _any_has(self, line: str) -> bool:
        return any(door.has(self.ring.key, line) for door in self.doors)

    def _public(self, key: Path) -> str:
        if not key.is_file():
            raise usage(f"{key} does not exist; host.key in the stack file names the private key")
        line = self.maker.public(key)
        if line is None:
            raise usage(f"{key}: cannot be read as a private key without a passphrase; rotate it by hand")
        return line

    def _made(self) -> str:
        """The next key; one that a rotation left which was broken off goes on to be it."""
        line = self.maker.public(self.ring.new) if self.ring.new.is_file() else None
        if line is None:
            self.ring.drop_new()
            self.maker.make(self.ring.new, self.comment)
            line = self._public(self.ring.new)
        self.ring.complete(f"{line} {self.comment}")
        return line

    def _prove(self, key: Path, what: str) -> None:
        for door in self.doors:
            if not door.lets_in(key):
                raise environment(
                    f"{door.name} does not let {what} in ({key}), so nothing more was changed; "
                    f"{self.ring.key} is as good as before. `tandem ssh` says more"
                )

    def _take_out(self, old: str, new: str) -> None:
        """The host itself first: what a bastion leads to must be settled while it still knows both."""
        for door in reversed(self.doors):
            if not door.remove(self.ring.key, old, new, partial(door.lets_in, self.ring.key)):
                raise environment(f"{door.name}: without the old key the new one gets in no more; the old one is back")
            self.say(f"{door.name}: lets the old key in no more")
        still = [door.name for door in self.doors if self.ring.old.is_file() and door.lets_in(self.ring.old)]
        if still:
            self.say(f"{', '.join(still)} still lets {self.ring.old} in, by another file than ~/.ssh/authorized_keys")


def comment(project: str, stack: str) -> str:
    """What the new key is called."""
    return f"tandem {project}-{stack} {socket.gethostname()} {datetime.now(UTC):%Y-%m-%d}"
