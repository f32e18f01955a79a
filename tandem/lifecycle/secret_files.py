"""Secret files of containers, as the host has them: which are missing, and bringing back what a reboot took.

A machine with systemd does that at boot by itself; on a `local` stack nobody but this command does.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from subprocess import CompletedProcess

from config import secret_files
from config.secret_files import Places
from tandem.checks.finding import Finding, bad, good
from tandem.docker import environment as without_stray_docker
from tandem.exits import environment
from tandem.stack.session import Session


@dataclass(frozen=True)
class Lost:
    """Containers whose files are not there, and what the host said of those that cannot come back."""

    containers: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()


def used(session: Session) -> bool:
    """Whether any app has its secrets as files."""
    return any(app.delivery == "files" for app in session.settings.apps.values())


def restore(session: Session) -> Lost:
    """Brings back what is sealed on the host. What is lost all the same must not be started. Raises Stop."""
    places = _places(session)
    if places is None:
        return Lost()
    done = _on_host(session, places.words("restore"))
    if done.returncode == 0:
        return Lost()
    return Lost(frozenset(missing(session)), tuple(done.stderr.strip().splitlines()))


def missing(session: Session) -> list[str]:
    """The containers whose files are not there, by name. Raises Stop when the host cannot tell."""
    places = _places(session)
    if places is None:
        return []
    stack = session.stack
    done = _on_host(session, places.words("missing", stack.project, stack.stack))
    if done.returncode != 0:
        raise environment(f"the host cannot tell which secret files are there: {done.stderr.strip()}")
    return done.stdout.split()


def finding(session: Session) -> Finding:
    """For `tandem check`."""
    gone = missing(session)
    if not gone:
        return good("files", "every container has its secret files")
    return bad("files", f"{', '.join(gone)}: the secret files are not in memory", REMEDY)


_WHERE_THERE_IS_ONE = '[ ! -f "$0" ] || exec "$@"'
"""A machine before its first `up` has no script yet, and no files."""

REMEDY = "`tandem stop APP`, then `tandem start APP` brings them back; a container without them does not start"


def _places(session: Session) -> Places | None:
    if not used(session) or not session.made:
        return None
    stack = session.stack
    if session.link is not None:
        return secret_files.on_machine(stack.project, stack.stack)
    return secret_files.here(stack.project, stack.stack, session.settings.images.gateway)


def _on_host(session: Session, words: Sequence[str]) -> CompletedProcess[str]:
    if session.link is not None:
        asked = ["sh", "-c", _WHERE_THERE_IS_ONE, secret_files.SCRIPT, *words]
        done = session.link.run(shlex.join(asked), limit=secret_files.LIMIT + 10)
        out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, out, err)
    return subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=without_stray_docker(), check=False
    )
