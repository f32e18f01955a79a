"""The machines that a deploy key opens, as `rotate-key` reaches them: a fresh connection each time, one key alone."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import ssh
from config.gce import GceHost
from config.hosts import SshHost
from tandem.exits import environment, usage
from tandem.hosts import keys, shell, trouble
from tandem.hosts.link import Link
from tandem.locks import lock
from tandem.stack.session import Session

LIMIT = 30.0
"""Seconds one log-in with its command may take."""
NOT_WRITTEN = 66
ACCEPTED = re.compile(r"Server accepts key: .*?(SHA256:[A-Za-z0-9+/]+)")

# What sshd reads, and a copy beside it that takes its place in one step. `old` and `new` are "TYPE BASE64".
_FILE = """
set -eu
umask 077
trap '' HUP
IFS= read -r old
IFS= read -r new
file=$(readlink -f "$HOME/.ssh/authorized_keys")
holds() { awk -v line="$1" '!/^[ \\t]*#/ && index($0 " ", line " ") { found = 1 } END { exit !found }' "$file"; }
replace() {
    cp -p "$file" "$file.tandem"
    cat >"$file.tandem"
    sync "$file.tandem" 2>/dev/null || sync
    mv "$file.tandem" "$file"
}
[ -f "$file" ] || exit 66
"""
# A line's options (from=, command=) are the new key's too.
_ADD = (
    _FILE
    + """
holds "$old" || exit 66
! holds "$new" || exit 0
text=$(awk -v old="$old" -v new="$new" '
    { print }
    !/^[ \\t]*#/ && (at = index($0 " ", old " ")) {
        print substr($0, 1, at - 1) new substr($0, at + length(old))
    }' "$file")
printf '%s\\n' "$text" | replace
"""
)
_HAS = (
    _FILE
    + """
holds "$old" || exit 66
"""
)
# A line from whoever asked settles it; when none comes, because that side has died, all is as before.
_REMOVE = (
    _FILE
    + """
holds "$new" || exit 66
before=$(cat "$file")
text=$(awk -v old="$old" '/^[ \\t]*#/ || !index($0 " ", old " ")' "$file")
printf '%s\\n' "$text" | replace
echo removed
word=''
IFS= read -r word || :
[ "$word" = keep ] || { printf '%s\\n' "$before" | replace; exit 70; }
echo kept
"""
)


@dataclass(frozen=True)
class SshDoor:
    """A machine behind `ssh`. `host`: how it is reached, a bastion before it included."""

    name: str
    host: SshHost

    def lets_in(self, key: Path) -> bool:
        """See `keys.Door`. Proved by the fingerprint that the server says it accepted: another key may be at hand."""
        wanted = fingerprint(key)
        done = self._run(key, "true", "")
        accepted = ACCEPTED.findall(done.stderr)
        return done.returncode == 0 and bool(accepted) and accepted[-1] == wanted

    def add(self, key: Path, old: str, new: str) -> None:
        """See `keys.Door`."""
        done = self._run(key, _ADD, f"{old}\n{new}\n")
        if done.returncode == NOT_WRITTEN:
            raise environment(
                f"{self.name}: the key in use is not in ~/.ssh/authorized_keys of {self.host.user}; "
                f"nothing was changed. Whatever lets it in, a certificate for example, must let the new one in"
            )
        self._demand(done, "cannot let the new key in")

    def has(self, key: Path, line: str) -> bool:
        """See `keys.Door`."""
        done = self._run(key, _HAS, f"{line}\n\n")
        if done.returncode == NOT_WRITTEN:
            return False
        self._demand(done, "cannot read ~/.ssh/authorized_keys")
        return True

    def remove(self, key: Path, old: str, new: str, proved: Callable[[], bool]) -> bool:
        """See `keys.Door`. One connection stays open meanwhile, which puts the key back when it breaks."""
        process = subprocess.Popen(
            argv(self.host, key, _REMOVE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            process.stdin.write(f"{old}\n{new}\n")
            process.stdin.flush()
            good = process.stdout.readline().strip() == "removed" and proved()
            said, errors = process.communicate("keep\n" if good else "give it back\n", timeout=LIMIT)
        if good and "kept" not in said:
            raise environment(f"{self.name}: cannot take the old key out: {last_line(errors)}")
        return good

    def _run(self, key: Path, script: str, told: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                argv(self.host, key, script),
                input=told,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise environment(f"{self.name} did not answer within {LIMIT:g} s") from None
        except FileNotFoundError:
            raise environment("ssh is not on PATH: install OpenSSH's client") from None

    def _demand(self, done: subprocess.CompletedProcess[str], what: str) -> None:
        if done.returncode != 0:
            raise environment(f"{self.name}: {what}: {last_line(done.stderr) or f'exit code {done.returncode}'}")


@dataclass(frozen=True)
class Keygen:
    """Keys by ssh-keygen."""

    def make(self, path: Path, comment: str) -> None:
        """See `keys.Maker`."""
        done = _keygen("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
        if done.returncode != 0:
            raise environment(f"ssh-keygen: {last_line(done.stderr)}")

    def public(self, path: Path) -> str | None:
        """See `keys.Maker`."""
        done = _keygen("-y", "-P", "", "-f", str(path))
        words = done.stdout.split()
        return " ".join(words[:2]) if done.returncode == 0 and len(words) >= 2 else None


def doors(host: SshHost) -> list[SshDoor]:
    """The bastion, where there is one, then the host."""
    found = []
    if host.bastion is not None:
        found.append(SshDoor(f"bastion {host.bastion.address}", ssh.itself(host, host.bastion)))
    return [*found, SshDoor(host.address, host)]


def rotate(session: Session, confirm: Callable[[str], None]) -> None:
    """The whole story on a stack's machine. Raises Stop."""
    if session.options.dry_run:
        raise usage("rotate-key has no --dry-run; nothing is taken away before the new key has proved itself")
    section = session.settings.host
    if isinstance(section, GceHost):
        from tandem.hosts import metadata  # which is one more kind of door

        metadata.rotate(session, section, confirm)
        Link(shell.machine(session)).close()
        return
    host = shell.machine(session)
    if host.key is None:
        raise usage(
            f"{session.stack.file.name}: host.key is not said, so the SSH agent opens the machine; "
            f"keys of an agent are replaced there, or name a key file under host.key"
        )
    ring = keys.Ring(Path(host.key).expanduser().resolve())
    note = keys.comment(session.stack.project, session.stack.stack)
    with lock.held(session.folder, "rotate-key", lock.Patience(session.options.wait, session.show.say)):
        keys.Rotation(ring, doors(host), Keygen(), session.show.say, confirm, note).run()
    Link(host).close()  # the open connection is the old key's


def argv(host: SshHost, key: Path, script: str) -> list[str]:
    """`ssh` with this key and no other, over a connection of its own, that tells which key was accepted."""
    name, *rest = ssh.alone(host.model_copy(update={"key": str(key)}), script)
    return [name, "-v", "-o", "IdentityAgent=none", *_without_other_keys(rest, key)]


def _without_other_keys(rest: Sequence[str], key: Path) -> list[str]:
    """The words without the key that a machine has for itself: with it the log-in would prove nothing."""
    found: list[str] = []
    words = iter(rest)
    for word in words:
        if word != "-o":
            found.append(word)
            continue
        value = next(words)
        if not value.startswith("IdentityFile=") or value == f"IdentityFile={key}":
            found += [word, value]
    return found


def fingerprint(key: Path) -> str:
    """`SHA256:…` of a private key's public half; empty where there is none."""
    line = Keygen().public(key)
    return trouble.fingerprint(line) if line else ""


def last_line(said: str) -> str:
    """The last line that is no remark of `ssh -v`."""
    told = [line for line in said.splitlines() if line.strip() and not line.startswith(("debug1:", "OpenSSH_"))]
    return told[-1].strip() if told else ""


def _keygen(*words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["ssh-keygen", *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            env={**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
        )
    except FileNotFoundError:
        raise environment("ssh-keygen is not on PATH: install OpenSSH's client") from None
