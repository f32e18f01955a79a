"""A machine, or what a stack file says of it, made wrong for a while; and what is said then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.e2e.project import Ran
from tests.machine.artefacts import note
from tests.ssh.project import SshProject

FILES = "find /etc /usr/local /home /root -xdev -type f ! -path '*/.cache/*' -printf '%p %m %u %s %T@\\n' | sort"
"""Every file that a bootstrap might touch, with mode, owner, size and time."""


@dataclass(frozen=True)
class Wrong:
    """How the machine is spoilt and mended, or what the stack file says of it; and what must be said."""

    said: tuple[str, ...]
    make: str = ""
    mend: str = ""
    host: tuple[tuple[str, object], ...] = ()


@contextmanager
def spoilt(web: SshProject, wrong: Wrong) -> Iterator[None]:
    """The machine is wrong while the block runs; a user's groups are fixed at log-in, so each time he logs in anew."""
    web.machine.sh(wrong.make or "true")
    web.link.close()
    try:
        yield
    finally:
        web.machine.sh(wrong.mend or "true")
        web.link.close()


def told(what: str, web: SshProject, *command: str) -> Ran:
    """How a command ended, and after how long, for the documentation."""
    began = time.monotonic()
    ran = web.run(*command)
    note(f"refused: {what}", time.monotonic() - began, code=ran.code)
    return ran
