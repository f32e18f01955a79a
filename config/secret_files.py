"""Secrets as files: what they are called in a container, where the machine keeps them, and the words of its script.

Nothing here reads or writes a value; program, command and the host's script agree by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config import names
from config.bootstrap import FILES
from config.forms import Mistake

Delivery = Literal["env", "files"]

FOLDER = "/run/secrets"
"""Where a container finds them, a file for each by its name."""
AMAZON = "AWS_SHARED_CREDENTIALS"
"""The file that Amazon's clients read by themselves, in their own form."""
AMAZON_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

MEMORY = "tandem-secrets"
"""Below a tmpfs of the machine: all that is not sealed."""
RUN = "/run"
SHARED_MEMORY = "/dev/shm"  # noqa: S108  (a file system in memory, and our folder in it is root's alone)

SCRIPT = "/usr/local/lib/tandem/secrets"
"""On a machine: what the bootstrap has put there."""
LIMIT = 60
"""Seconds that one call of the script may take."""


@dataclass(frozen=True)
class Places:
    """A stack's secret files on its machine. `script`: the words that run the script for them.

    `memory`: folder on a tmpfs, APP/RELEASE below it is what a container mounts. `sealed`: their twins on the disk.
    """

    memory: str
    sealed: str
    script: tuple[str, ...]

    def words(self, verb: Literal["put", "drop", "missing", "restore"], *more: str) -> list[str]:
        """The command line for one verb; `missing` asks for memory alone."""
        where = [self.memory] if verb == "missing" else [self.memory, self.sealed]
        return ["timeout", str(LIMIT), *self.script, verb, *where, *more]


def variable(name: str) -> str:
    """The variable that says where the file of a secret is."""
    return f"{name}_FILE"


def path(name: str) -> str:
    """The file of a secret, as its container sees it."""
    return f"{FOLDER}/{name}"


def amazon(access: str, secret: str) -> str:
    """What Amazon's clients read."""
    return f"[default]\naws_access_key_id = {access}\naws_secret_access_key = {secret}\n"


def on_machine(project: str, stack: str) -> Places:
    """Of a machine that the bootstrap has made a host."""
    name = names.stack_prefix(project, stack)
    script = ("sudo", "-n", "sh", SCRIPT)
    return Places(f"{RUN}/{MEMORY}/{name}", f"/var/lib/tandem/secrets/{name}", script)


def here(project: str, stack: str, helper: str) -> Places | None:
    """Of this machine, as the host of a `local` stack; None where it has no tmpfs. `helper`: the gateway's image."""
    top = next((place for place in (RUN, SHARED_MEMORY) if in_memory(place)), None)
    if top is None:
        return None
    name = names.stack_prefix(project, stack)
    script = ("sh", str(FILES / "host" / "secrets-here"), helper)
    return Places(f"{top}/{MEMORY}/{name}", str(names.stack_directory(project, stack) / "sealed" / name), script)


def in_memory(place: str, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether a tmpfs is mounted exactly there."""
    try:
        rows = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return False
    # The last one covers those before it.
    return next((row[2] for row in reversed(rows) if row[1] == place), "") == "tmpfs"


def mistakes(secrets: Collection[str], said: Mapping[str, str], user: str | None) -> Iterator[Mistake]:
    """What an app of this delivery says that does not go with it. `said`: variable → where the app's env says it."""
    if user is not None and not user.replace(":", "").isdigit():
        reason = "must be numbers, as the files of delivery: files are made for them on the machine"
        yield Mistake("user", f"{reason}, for example '10001:10001'")
    for name in secrets:
        if name == AMAZON:
            yield Mistake("secrets", f"{name} is a file of tandem's own: call it otherwise, for example {name}_2")
        place = "secrets" if variable(name) in secrets else said.get(variable(name))
        if place:
            reason = f"{variable(name)} says where the file of {name} is (delivery: files)"
            yield Mistake(place, f"{reason}: remove it here, for example keep secrets: [{name}]")
