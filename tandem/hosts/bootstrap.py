"""`tandem bootstrap`: a machine that has sshd and nothing else becomes the stack's host; again, nothing changes.

It runs what `up` runs first; but as somebody who is let in already (root, of a new machine), so that the user who
deploys is made, gets the key, and proves it by a log-in of his own.
"""

from __future__ import annotations

import base64
import io
import json
import shlex
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.bootstrap import FILES, RUN, SETTINGS, UNFIT, settings
from config.hosts import SshHost
from tandem.docker import environment as without_stray_docker
from tandem.exits import FAILED, Stop, environment, usage
from tandem.hosts import shell, trouble
from tandem.hosts.link import SSH_FAILED, Link, Unreachable
from tandem.says.summary import Summary
from tandem.stack.session import Session

LIMIT = 15 * 60
"""Seconds a bootstrap may take: a first boot that installs updates keeps us waiting, and mirrors may be far."""
KEY_LIMIT = 10.0


@dataclass(frozen=True)
class Step:
    """One step as the machine told it, and the seconds since the one before."""

    name: str
    changed: bool
    detail: str
    seconds: float

    def line(self) -> str:
        """`  docker     changed  Docker 26.1.5                    3.2 s`."""
        result = "changed" if self.changed else "same"
        return f"  {self.name:<10} {result:<8} {self.seconds:5.1f} s  {self.detail}".rstrip()


def run(session: Session, visitor: str | None) -> None:
    """Bootstraps the stack's machine, logged in as `visitor` (None: as who deploys), and proves it. Raises Stop."""
    if session.options.dry_run:
        raise usage("bootstrap has no --dry-run; a second run shows `same` for every step that is done")
    host = shell.machine(session)
    goes = host.model_copy(update={"user": visitor}) if visitor else host
    told = settings(
        host,
        session.stack.project,
        session.stack.stack,
        "",  # the first `up` pins the engine
        gateway_ports=(session.settings.gateway.port,),
        admitted=public_keys(host) if visitor else "",
    )
    began = time.monotonic()
    link = Link(goes)
    link.open()
    session.show.say(f"{trouble.door(goes)}: bootstrap of {session.stack.project}-{session.stack.stack}")
    steps = follow(link, pack(told), session.show.say)
    # Groups are fixed at log-in: what is open still lacks them.
    link.close()
    prove(host)
    session.show.say(f"{trouble.door(host)}: logs in with the key, uses Docker, becomes root")
    session.show.end(summary(steps, time.monotonic() - began))


def public_keys(host: SshHost) -> str:
    """What the user shall be let in with: the public half of `key`, or every key of the agent. Raises Stop (usage)."""
    if host.key is None:
        listed = _said(["ssh-add", "-L"])
        if not listed:
            raise usage(
                "the SSH agent has no key, and the stack file names none; `ssh-add`, or tandem:host: key: ~/.ssh/…"
            )
        return listed
    private = Path(host.key).expanduser()
    beside = private.with_name(f"{private.name}.pub")
    if not private.is_file():
        raise usage(f"the key file {host.key} does not exist here; `ssh-keygen -t ed25519 -f {host.key}` makes one")
    derived = _said(["ssh-keygen", "-y", "-P", "", "-f", str(private)])
    if derived:
        return derived
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    raise usage(f"the public half of {host.key} is needed: {beside} does not exist, and the key has a passphrase")


def pack(told: str) -> bytes:
    """The scripts and these settings as a tar in base64."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(FILES.rglob("*")):
            if path.is_file():
                _add(archive, path.relative_to(FILES).as_posix(), path.read_bytes())
        _add(archive, SETTINGS, told.encode())
    return base64.b64encode(buffer.getvalue())


def follow(link: Link, tree: bytes, say: Callable[[str], None]) -> list[Step]:
    """Runs the scripts there and says each step as it ends. Raises Stop with what the machine said."""
    words = shlex.join(["sh", "-c", RUN, "bootstrap", str(int(time.time()))])
    steps: list[Step] = []
    with (
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as errors,
    ):
        source.write(tree)
        source.seek(0)
        with subprocess.Popen(
            ["timeout", str(LIMIT), *link.argv(words)],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=without_stray_docker(),
            text=True,
        ) as process:
            assert process.stdout
            since = time.monotonic()
            for line in process.stdout:
                now = time.monotonic()
                steps.append(_step(json.loads(line), now - since))
                say(steps[-1].line())
                since = now
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if process.returncode:
        raise _failure(link, process.returncode, said)
    if said:
        say(said)
    return steps


def prove(host: SshHost) -> None:
    """The user who deploys logs in anew, uses Docker and becomes root. Raises Stop."""
    link = Link(host)
    link.close()
    try:
        done = link.run("docker info >/dev/null && sudo -n true")
    except Unreachable as refused:
        raise environment(f"the bootstrap is done, but {host.user} cannot log in\n{refused}") from None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()
        raise environment(f"the bootstrap is done, but {host.user} cannot use Docker or sudo: {words}")


def summary(steps: list[Step], took: float) -> Summary:
    """The last line; no engine ran."""
    changed = sum(step.changed for step in steps)
    more = {"steps": [{"step": step.name, "changed": step.changed, "detail": step.detail} for step in steps]}
    words = f"{changed} of {len(steps)} steps changed something" if changed else "nothing to do"
    return Summary("bootstrap", "none", {}, took, words=words, more=more)


def _step(told: Mapping[str, Any], seconds: float) -> Step:
    return Step(told["step"], told["result"] == "changed", told["detail"], seconds)


def _failure(link: Link, code: int, said: str) -> Stop:
    where = trouble.door(link.host)
    if code == UNFIT:
        return environment(f"{where}: {said}\nNothing was changed there")
    if code == SSH_FAILED:
        return environment(
            f"{where}: the connection broke off ({said or 'no word'}); the same command goes on from there"
        )
    return Stop(f"{where}: {said or f'exit code {code}'}\nThe same command goes on from there", FAILED)


def _said(argv: list[str]) -> str:
    """What a command prints; nothing when it fails."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=KEY_LIMIT, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _add(archive: tarfile.TarFile, path: str, data: bytes) -> None:
    entry = tarfile.TarInfo(path)
    entry.size = len(data)
    entry.mode = 0o755 if path.startswith("host/") else 0o644
    archive.addfile(entry, io.BytesIO(data))
