"""A machine for tests in the role of an instance: its data disk, its metadata, and the agent that Google puts on it.

What the fake is told of an instance happens on the machine: keys in its metadata let users in, and each boot runs the
startup script, by the same names as on a real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.google.documents import Json
from tests.machine import gce
from tests.machine.boot import Machine

DISK_GB = 10

_ADMIT = """
set -e
user=$1
getent passwd "$user" >/dev/null || useradd -m -s /bin/bash -G sudo,docker "$user"
install -d -m 700 -o "$user" -g "$user" "/home/$user/.ssh"
cat >"/home/$user/.ssh/authorized_keys.new"
chown "$user:$user" "/home/$user/.ssh/authorized_keys.new"
chmod 600 "/home/$user/.ssh/authorized_keys.new"
mv "/home/$user/.ssh/authorized_keys.new" "/home/$user/.ssh/authorized_keys"
"""


class Agent:
    """Google's guest agent on one machine: what the fake's `World.agent` calls. It works on its own thread."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.boots = 0
        self._work = ThreadPoolExecutor(max_workers=1)

    def __call__(self, instance: Json, boots: bool) -> None:
        said = {item["key"]: item["value"] for item in instance["metadata"]["items"]}
        self._work.submit(self._follow, said, boots)

    def _follow(self, said: dict[str, str], boots: bool) -> None:
        for name in ("startup-script", "tandem-user"):
            if name in said:
                self.machine.sh(f"cat >{gce.ATTRIBUTES}/{name}", said[name])
        keys: dict[str, list[str]] = {}
        for line in said.get("ssh-keys", "").splitlines():
            user, _, key = line.partition(":")
            keys.setdefault(user, []).append(key)
        for user, lines in keys.items():
            self.machine.sh(f"set -- {user}; {_ADMIT}", "".join(f"{line}\n" for line in lines))
        if boots:
            self.boots += 1
            self.machine.sh("systemctl start --no-block google-startup-scripts.service")

    def settle(self) -> None:
        """Returns once all that it was told of is done."""
        self._work.submit(lambda: None).result(timeout=60)


@contextmanager
def as_instance(machine: Machine) -> Iterator[Agent]:
    """The machine with a blank data disk and an agent, while the block runs."""
    with gce.an_instance(machine, DISK_GB):
        yield Agent(machine)


def host_keys(machine: Machine) -> dict[str, str]:
    """What the agent tells of the machine by guest attributes: type → base64."""
    kind, key = machine.host_key.split()
    return {kind: key}
