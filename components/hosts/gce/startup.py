"""The startup script, and what else an instance's metadata says. Every process on the instance can read all of it."""

from __future__ import annotations

import re
from pathlib import Path

from config.gce import GceHost

FILES = Path(__file__).resolve().parent / "files"


def script() -> str:
    """Verbatim, as the instance runs it."""
    return (FILES / "startup").read_text(encoding="utf-8")


def await_script() -> str:
    """What waits for an instance, on the machine that deploys."""
    return (FILES / "await").read_text(encoding="utf-8")


def version() -> str:
    """The script's own."""
    found = re.search(r"^VERSION=([0-9]+)$", script(), re.MULTILINE)
    assert found, "the startup script says no version"
    return found[1]


def done(section: GceHost) -> str:
    """What the script writes down at its end: `VERSION USER GB`. Anything else, and it has to run once more."""
    return f"{version()} {section.ssh.user} {section.data_disk.size}"


def metadata(section: GceHost) -> dict[str, str]:
    """All of the instance's metadata; a change is in place, and never a restart."""
    door = section.ssh
    by_key = door.login == "key"
    said = {
        "block-project-ssh-keys": "TRUE",
        "enable-guest-attributes": "TRUE",
        "enable-oslogin": "FALSE" if by_key else "TRUE",
        "serial-port-enable": "FALSE",
        # Here and not as `metadata_startup_script`, which would replace the instance at every change.
        "startup-script": script(),
        "tandem-user": door.user,
    }
    keys = {"ssh-keys": "\n".join(f"{door.user}:{key}" for key in door.public_keys)} if by_key else {}
    return dict(sorted({**said, **keys}.items()))
