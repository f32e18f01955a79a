"""A deploy key is replaced on a real machine, and the rotation killed with SIGKILL wherever it may be."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.project import until
from tests.machine.boot import Machine
from tests.machine.fixtures import ALL
from tests.machine.folder import Folder

KILLED = """
import os, signal, sys
from tandem.hosts import doors, keys
from tandem.cli.root import app

at, done = int(sys.argv[1]), 0

def step():
    global done
    done += 1
    if done == at:
        os.kill(os.getpid(), signal.SIGKILL)

def broken(owner, name):
    really = getattr(owner, name)

    def around(*given, **more):
        step()
        said = really(*given, **more)
        step()
        return said

    setattr(owner, name, around)

for owner, name in (
    (doors.SshDoor, "lets_in"), (doors.SshDoor, "add"), (doors.SshDoor, "remove"), (doors.Keygen, "make"),
    (keys.Ring, "keep_old"), (keys.Ring, "swap"), (keys.Ring, "tidy"), (keys.Path, "replace"),
):
    broken(owner, name)
app(["-C", sys.argv[2], "rotate-key", "--yes"])
"""
"""`tandem rotate-key`, which dies by the step whose number it is told, before or after it."""


@pytest.fixture
def folder(tmp_path: Path, machine: Machine) -> Iterator[Folder]:
    made = Folder.make(tmp_path, machine)
    yield made
    made.close()


def test_the_new_key_opens_the_machine_and_the_old_one_does_no_more(folder: Folder) -> None:
    machine = folder.machine
    machine.sh(
        "sed -i 's/^/no-pty,no-X11-forwarding /; $a ssh-rsa AAAAB3NzaC1yc2E= another' /home/deploy/.ssh/authorized_keys"
    )
    mode = machine.sh("stat -c '%a %U' /home/deploy/.ssh/authorized_keys")
    before = folder.key.read_bytes()
    assert folder.run("ssh", "--", "true").code == 0
    asked = folder.run("rotate-key")
    assert asked.code == 2, "there is no terminal to ask at"
    assert folder.key.read_bytes() == before

    rotated = folder.run("rotate-key", "--yes")
    assert rotated.code == 0, rotated.text
    assert (folder.path / "key.old").read_bytes() == before
    assert folder.gets_in(folder.key)
    assert not folder.gets_in(folder.path / "key.old")
    assert folder.run("ssh", "--", "true").code == 0
    lines = machine.sh("cat /home/deploy/.ssh/authorized_keys").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("no-pty,no-X11-forwarding ssh-ed25519 ")
    assert lines[1] == "ssh-rsa AAAAB3NzaC1yc2E= another"
    assert machine.sh("stat -c '%a %U' /home/deploy/.ssh/authorized_keys") == mode


def test_a_key_that_opens_a_bastion_too_is_replaced_on_both(folder: Folder) -> None:
    machine = folder.machine
    way = {"address": machine.address, "port": machine.port, "user": "deploy", "host_key": machine.host_key}
    folder.write(address="127.0.0.1", port=22, user="root", bastion=way)
    rotated = folder.run("rotate-key", "--yes")
    assert rotated.code == 0, rotated.text
    assert folder.run("ssh", "--", "id -un").out == "root\n"
    assert folder.gets_in(folder.key)
    assert machine.sh("cat /root/.ssh/authorized_keys") == machine.sh("cat /home/deploy/.ssh/authorized_keys")


def test_a_key_that_something_else_lets_in_is_refused_and_stays(folder: Folder) -> None:
    machine = folder.machine
    machine.sh(
        "mv /home/deploy/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys2 && "
        "install -o deploy -g deploy -m 600 /dev/null /home/deploy/.ssh/authorized_keys"
    )
    before = folder.key.read_bytes()
    refused = folder.run("rotate-key", "--yes")
    assert refused.code == 5, refused.text
    assert "not in ~/.ssh/authorized_keys of deploy" in refused.err
    assert folder.key.read_bytes() == before
    assert folder.gets_in(folder.key)


@pytest.mark.timeout(900)
def test_killed_anywhere_the_key_gets_in_and_the_same_command_comes_to_the_end(folder: Folder) -> None:
    kills = 0
    for at in range(1, 100) if ALL else (7, 10, 16, 20, 22, 28):
        ran = folder.run_python(KILLED, str(at), str(folder.path))
        if ran.code != -signal.SIGKILL:
            assert ran.code == 0, ran.text
            break
        kills += 1
        assert folder.gets_in(folder.key), f"locked out at {at}"
        # What was taken out comes back by itself, as nobody answers any more.
        finished = folder.run("rotate-key", "--yes")
        assert finished.code == 0, (at, finished.text)
        until(lambda: len(folder.authorized()) == 1)
        assert folder.gets_in(folder.key), at
        assert not folder.gets_in(folder.path / "key.old"), at
        assert not (folder.path / "key.new").exists(), at

    assert kills >= (20 if ALL else 5)
