"""`tandem ssh`: a shell on the stack's machine, or one command there, by the stack's own options."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence

from config import reached
from config.gce import GceHost
from config.hosts import SshHost
from tandem.exits import environment, usage
from tandem.hosts.link import Link
from tandem.hosts.unmade import why
from tandem.stack.session import Session


def on_host(session: Session, words: Sequence[str]) -> int:
    """Runs it on this terminal; its exit code, 255 when the connection breaks. Raises Stop for no way there."""
    link = Link(machine(session))
    link.open()  # what keeps it from there is said in words
    return subprocess.call(link.argv(line(words), terminal=sys.stdin.isatty() and sys.stdout.isatty()))


def machine(session: Session) -> SshHost:
    """The stack's machine, where it is another one. Raises Stop: usage for this one, environment before it is made."""
    host = session.settings.host
    if isinstance(host, SshHost):
        return host
    if isinstance(host, GceHost):
        instance = reached.known(host, session.stack.project, session.stack.stack)
        if instance is None:
            raise environment(why(session.stack))
        return instance
    raise usage(f"{session.stack.file.name}: the host is this machine itself (kind: local); there is no log-in")


def line(words: Sequence[str]) -> str:
    """One word is a line for the remote shell, as with `ssh`; several arrive as they are, spaces and all."""
    return words[0] if len(words) == 1 else shlex.join(words)
