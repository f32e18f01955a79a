"""`tandem with-logins -- COMMAND…`: one command that is logged in as the stack is, and nobody is afterwards.

The logins are in a folder of the command's own (DOCKER_CONFIG), in memory where there is some. A process of its own
removes it, so that it goes also when this one is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from tandem.docker import docker_config, logins
from tandem.docker.logins import Account
from tandem.exits import environment, usage
from tandem.says.interrupt import handled
from tandem.stack.session import Session

KEEPER = Path(__file__).with_name("files") / "remove-after"


def run(session: Session, words: Sequence[str]) -> int:
    """Runs the command on this terminal; its exit code. Raises Stop before it starts."""
    if not words:
        raise usage("with-logins: expected a command, for example `tandem with-logins -- docker push ghcr.io/acme/web`")
    if shutil.which(words[0]) is None:
        raise environment(f"with-logins: no `{words[0]}` on PATH")
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    settings = docker_config.with_logins(docker_config.read(folder), accounts(session))
    with kept(settings, folder) as place:
        return _watched(words, {**os.environ, **session.stray, "DOCKER_CONFIG": str(place)})


def accounts(session: Session) -> dict[str, Account]:
    """Who the stack is, by registry. Raises Stop: usage where it names none, environment without a password."""
    registries = session.settings.registries
    if not registries:
        file = session.stack.file.name
        raise usage(f"{file}: tandem:registries names none, so there is nobody to log in as; docs/secrets.md shows how")
    found = {registry: logins.account(session, registry) for registry in registries}
    for registry, account in found.items():
        if account is None:
            session.show.warn(f"{registry}: {registries[registry].password} has no value and is optional: no login")
    return {registry: account for registry, account in found.items() if account is not None}


@contextmanager
def kept(settings: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """A folder with these settings, and with all that the user's own has beside them; gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="tandem-logins-", dir=_memory()))
    # No child of ours inherits this end of the pipe: it closes with this process.
    keeper = subprocess.Popen(["sh", KEEPER, place], stdin=subprocess.PIPE, start_new_session=True)
    try:
        # Plugins, contexts and builders are found beside the file.
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.name != docker_config.FILE:
                (place / entry.name).symlink_to(entry.absolute())
        file = place / docker_config.FILE
        file.touch(mode=0o600)
        file.write_text(json.dumps(settings), encoding="utf-8")
        yield place
    finally:
        keeper.communicate()


def _memory() -> str | None:
    """A folder that is on no disk, where there is one."""
    places = (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm")  # noqa: S108  (the folder in it is this user's alone)
    return next((place for place in places if place and os.access(place, os.W_OK)), None)


def _watched(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Waits for the command and passes signals on, so that it ends as it wants to."""
    heard: list[int] = []
    command: list[subprocess.Popen[bytes]] = []

    def passed_on(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        # On a terminal, Ctrl-C reaches the command by itself.
        if command and not (number == signal.SIGINT and sys.stdin.isatty()):
            command[0].send_signal(number)

    with handled(passed_on):
        command.append(subprocess.Popen(words, env=environment))
        for number in heard:
            command[0].send_signal(number)
        code = command[0].wait()
    return code if code >= 0 else 128 - code
