"""What is wrong with the way, the user or the machine is named with its fix by every command; nothing is changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.machine.boot import Machine
from tests.ssh.project import SshProject, section, ssh_project
from tests.ssh.wrongs import FILES, Wrong, spoilt, told
from tests.stacks import HOST_KEY

ON_THE_WAY = {
    "another host key": Wrong(("pinned  ssh-ed25519 SHA256:", "shown ", "--replace"), host=(("host_key", HOST_KEY),)),
    "no such name": Wrong(("does not resolve",), host=(("address", "nowhere.invalid"),)),
    "nobody listens": Wrong(("nobody listens there",), host=(("port", 1),)),
    "another user": Wrong(("does not open it", "authorized_keys"), host=(("user", "nobody"),)),
    "no key file": Wrong(("the key file /nowhere/key does not exist",), host=(("key", "/nowhere/key"),)),
    "no space": Wrong(("9999 GB",), host=(("min_free_gb", 9999),)),
    "not in the group docker": Wrong(
        ("deploy is not in the group docker", "tandem bootstrap"),
        "gpasswd --delete deploy docker",
        "gpasswd --add deploy docker",
    ),
    "Docker stopped": Wrong(
        ("systemctl start docker",), "systemctl stop docker.socket docker.service", "systemctl start docker.service"
    ),
}


@pytest.fixture(scope="module")
def serving(stage: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshProject]:
    """A stack that serves demo:1."""
    with ssh_project(tmp_path_factory.mktemp("stack"), stage, engine="offline") as made:
        made.ok("deploy", "web", "demo:1")
        yield made


@pytest.mark.parametrize("what", ON_THE_WAY)
def test_a_deploy_that_cannot_be_is_refused_by_name_and_what_serves_serves(serving: SshProject, what: str) -> None:
    wrong, machine = ON_THE_WAY[what], serving.machine
    right, before = serving.file.read_text(), serving.served_by()
    host = json.dumps(section(machine, port=serving.ssh_port) | dict(wrong.host))
    wanted = re.sub(r"(?m)^  tandem:host: .*$", lambda _: f"  tandem:host: {host}", right)
    serving.file.write_text(wanted)
    try:
        with spoilt(serving, wrong):
            there = machine.sh(FILES)
            ran = told(what, serving, "deploy", "web", "demo:2")
            assert machine.sh(FILES) == there
        assert serving.file.read_text() == wanted
    finally:
        serving.file.write_text(right)

    assert ran.code == 5, ran.text
    assert [words for words in wrong.said if words not in ran.text] == [], ran.text
    assert serving.served_by() == before
    assert len(serving.containers()) == 1
