"""The host key of a real sshd: shown, pinned, compared; and a shell there."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine.boot import Machine
from tests.machine.folder import Folder

NOBODYS = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))).decode()


@pytest.fixture
def folder(tmp_path: Path, shared_machine: Machine) -> Iterator[Folder]:
    made = Folder.make(tmp_path, shared_machine, host_key=None)
    yield made
    made.close()


def fingerprint(machine: Machine) -> str:
    return machine.sh("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub").split()[1]


def test_the_key_is_shown_as_the_machine_says_it_and_pinned_only_after_an_answer(folder: Folder) -> None:
    before = folder.file.read_bytes()
    asked = folder.run("host-key")
    assert asked.code == 2, "there is no terminal to ask at"
    assert f"ssh-ed25519  {fingerprint(folder.machine)}" in asked.out
    assert folder.file.read_bytes() == before

    assert folder.run("host-key", "--yes").code == 0
    assert folder.host()["host_key"] == folder.machine.host_key
    again = folder.run("host-key", "--json")
    assert again.code == 0
    told = [line for line in map(json.loads, again.out.splitlines()) if "keys" in line]
    assert (told[0]["same"], told[0]["written"]) == (True, False)


def test_another_key_is_refused_with_both_fingerprints_until_it_is_replaced(folder: Folder) -> None:
    folder.write(host_key=NOBODYS)
    refused = folder.run("host-key", "--yes")
    assert refused.code == 5
    assert fingerprint(folder.machine) in refused.err
    assert folder.host()["host_key"] == NOBODYS
    shell = folder.run("ssh", "--", "true")
    assert shell.code == 5
    assert fingerprint(folder.machine) in shell.err

    assert folder.run("host-key", "--replace", "--yes").code == 0
    assert folder.run("ssh", "--", "true").code == 0


def test_every_type_that_the_machine_has_is_shown_and_ed25519_is_the_one_to_pin(folder: Folder) -> None:
    machine = folder.machine
    more = "ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key && systemctl reload ssh"
    machine.sh(more)
    try:
        said = folder.run("host-key", "--yes").out
        assert "ssh-ed25519" in said
        assert "ecdsa-sha2-nistp256" in said
        assert folder.host()["host_key"] == machine.host_key
    finally:
        machine.sh("rm -f /etc/ssh/ssh_host_ecdsa_key*; systemctl reload ssh")


def test_a_bastion_and_the_host_behind_it_are_pinned_by_one_command(folder: Folder) -> None:
    machine = folder.machine
    bastion = {"address": machine.address, "port": machine.port, "user": machine.user}
    folder.write(address="127.0.0.1", port=22, host_key=None, bastion=bastion)
    pinned = folder.run("host-key", "--yes")
    assert pinned.code == 0, pinned.text
    assert (folder.host()["host_key"], folder.host()["bastion"]["host_key"]) == (machine.host_key, machine.host_key)
    assert folder.run("ssh", "--", "hostname").out.strip() == machine.sh("hostname")


def test_where_nobody_listens_or_the_name_is_unknown_that_is_said(folder: Folder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        folder.write(host_key=None, port=taken.getsockname()[1])
        refused = folder.run("host-key", "--yes")
    folder.write(host_key=None, address="nobody.invalid")
    unknown = folder.run("host-key", "--yes")

    assert (refused.code, unknown.code) == (5, 5)
    assert "nobody listens there" in refused.err
    assert "does not resolve" in unknown.err


def test_a_command_there_ends_with_its_own_code_and_words_arrive_as_they_are(folder: Folder) -> None:
    folder.write()
    assert folder.run("ssh", "--", "exit 7").code == 7
    assert folder.run("ssh", "--", "printf", "%s|", "a  b", "c'd").out == "a  b|c'd|"
    assert folder.run("ssh", "--", "echo one | tr o 0").out == "0ne\n"
