"""The one connection to an ssh host: opened once, shared by every command, engine and terminal of this user.

`ssh` itself keeps it (ControlMaster), in the background and for a minute after its last use, so a second `tandem` finds
it open. Whatever runs over it costs two round trips instead of nine.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from config import ssh
from config.hosts import SshHost
from tandem.docker import environment as without_stray_docker
from tandem.exits import ENVIRONMENT, Stop
from tandem.hosts import trouble

LIMIT = 15.0
"""Seconds until it is known whether the machine lets in, and if not, why."""
ANSWER_LIMIT = 30.0
"""Seconds a command may take that says nothing else."""
SSH_FAILED = 255
"""Exit code of `ssh` when it is not the command that failed."""
DOCKER = "/var/run/docker.sock"


class Unreachable(Stop):
    """The host could not be spoken to; the message says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ENVIRONMENT)


class Link:
    """The way to one host. Nothing is opened before it is needed; safe to share between threads."""

    def __init__(self, host: SshHost) -> None:
        self.host = host
        self.execs = 0
        """How many commands were run over it, for those who count round trips."""

    def open(self) -> None:
        """Logs in, unless the connection is open. Raises Unreachable within 15 s."""
        self.run("true", limit=LIMIT)

    def argv(self, command: str, *, terminal: bool = False) -> list[str]:
        """The argument list that runs `command` by the login shell of the host."""
        folder()
        name, *rest = ssh.command(self.host, command)
        # The last of -T and -t counts, the first of two options does.
        return [name, *rest[:1], "-t", *rest[1:]] if terminal else [name, *rest]

    def run(self, command: str, stdin: bytes = b"", limit: float = ANSWER_LIMIT) -> subprocess.CompletedProcess[bytes]:
        """Runs a command, whatever its exit code. Raises Unreachable when there is no connection, or no end in time."""
        self.execs += 1
        began = time.monotonic()
        done = self._ssh(self.argv(command), stdin, limit)
        if done.returncode == SSH_FAILED:
            raise Unreachable(self._reason(done.stderr.decode(errors="replace"), began))
        return done

    def docker_socket(self) -> str:
        """`unix://…`: the host's Docker by a socket on this machine, over the open connection."""
        path = Path(ssh.docker_socket(self.host)).expanduser()
        way = ("-L", f"{path}:{DOCKER}")
        done = self._to_master("-O", "forward", *way)
        if done.returncode == 0 and not path.exists():
            # Somebody tidied up: the connection still believes in its socket.
            self._to_master("-O", "cancel", *way)
            done = self._to_master("-O", "forward", *way)
        if done.returncode != 0:
            self.open()
            done = self._to_master("-O", "forward", *way)
            if done.returncode != 0:
                raise Unreachable(
                    f"{trouble.door(self.host)}: its Docker socket cannot be forwarded: "
                    f"{done.stderr.decode(errors='replace').strip() or done.returncode}"
                )
        return f"unix://{path}"

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now, by this or another process of this user."""
        return self._to_master("-O", "check").returncode == 0

    def close(self) -> None:
        """Ends the connection, also for others who use it; no error when there is none."""
        self._to_master("-O", "exit")
        # `ssh` leaves it.
        Path(ssh.docker_socket(self.host)).expanduser().unlink(missing_ok=True)

    def _to_master(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        folder()
        return self._ssh(ssh.to_master(self.host, *words), b"", LIMIT)

    def _ssh(self, argv: list[str], stdin: bytes, limit: float) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                argv, input=stdin, capture_output=True, timeout=limit, env=without_stray_docker(), check=False
            )
        except FileNotFoundError:
            raise Unreachable(
                "ssh is not on PATH; install OpenSSH's client (`apt-get install openssh-client`)"
            ) from None
        except subprocess.TimeoutExpired:
            raise Unreachable(trouble.silence(trouble.door(self.host), limit)) from None

    def _reason(self, said: str, began: float) -> str:
        """Why `ssh` failed. Over a shared connection it keeps some of its words to itself: then it is asked again."""
        first, second = trouble.bastion(self.host), trouble.door(self.host)
        if self._lacks_its_key() and not _knows_itself():
            return trouble.no_key_file(second)
        if first is None and trouble.is_known(said):
            return self._told(second, said)
        left = max(LIMIT - (time.monotonic() - began), 3.0)
        if first is not None and self.host.bastion is not None:
            before = self._again(ssh.itself(self.host, self.host.bastion), left / 2)
            if before is not None and trouble.is_known(before):
                return self._told(first, before)
        again = self._again(self.host, left)
        if again is None:
            return f"{second}: the connection broke off; what it was doing may have gone on there. Try again"
        return self._told(second, again or said)

    def _told(self, door: trouble.Door, said: str) -> str:
        if self._lacks_its_key() and trouble.is_about_keys(said):
            return trouble.no_key_file(door, ssh.SELF_KEY)
        return trouble.explain(door, said)

    def _lacks_its_key(self) -> bool:
        return self.host.key is not None and not Path(self.host.key).expanduser().is_file()

    def _again(self, host: SshHost, limit: float) -> str | None:
        """What a fresh connection says on stderr; None when it works."""
        done = self._ssh(ssh.alone(host, "true"), b"", limit)
        return None if done.returncode != SSH_FAILED else done.stderr.decode(errors="replace")


def folder() -> Path:
    """Where the sockets of open connections are; made when it is missing, for this user alone."""
    made = Path(ssh.CONTROL_FOLDER).expanduser()
    made.mkdir(parents=True, exist_ok=True, mode=0o700)
    return made


def _knows_itself() -> bool:
    """Whether this is a machine with a key for itself, which `ssh` shows too."""
    return os.access(ssh.SELF_KEY, os.R_OK)
