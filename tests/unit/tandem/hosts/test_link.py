"""Why a connection failed, told from what `ssh` says; nobody is connected to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from config import ssh
from config.hosts import SshHost
from tandem.docker import DockerError
from tandem.hosts.docker import RemoteDocker
from tandem.hosts.link import Link, Unreachable
from tests.stacks import HOST_KEY

DENIED = "deploy@203.0.113.7: Permission denied (publickey)."
REFUSED = "ssh: connect to host 203.0.113.7 port 22: Connection refused"


class Failing(Link):
    """A link on which every `ssh` fails with these words, or ends with this answer."""

    def __init__(self, said: str, code: int = 255, key: str | None = "/nowhere/key") -> None:
        super().__init__(SshHost(kind="ssh", address="203.0.113.7", user="deploy", key=key, host_key=HOST_KEY))
        self.said, self.code = said, code

    def _ssh(self, argv: list[str], stdin: bytes, limit: float) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(argv, self.code, b"", self.said.encode())


def complaint(said: str) -> str:
    with pytest.raises(Unreachable) as refusal:
        Failing(said).open()
    return str(refusal.value)


@pytest.fixture
def self_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine has a key for itself."""
    key = tmp_path / "self_ed25519"
    key.write_text("a key")
    monkeypatch.setattr(ssh, "SELF_KEY", str(key))
    return key


@pytest.mark.parametrize("said", [DENIED, REFUSED])
def test_a_key_file_that_is_not_there_is_named_first(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "SELF_KEY", "/nowhere/self")

    assert "the key file /nowhere/key does not exist here\n" in complaint(said)


def test_on_the_machine_itself_the_missing_key_file_is_not_to_blame(self_key: Path) -> None:
    assert "nobody listens there" in complaint(REFUSED)


def test_where_the_machines_own_key_opens_nothing_both_are_named(self_key: Path) -> None:
    assert f"the key file /nowhere/key does not exist here, and {self_key} does not open it" in complaint(DENIED)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "deploy is not in the group docker; next: tandem bootstrap",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "next: tandem ssh -- sudo systemctl start docker",
        ),
    ],
)
def test_a_docker_that_takes_no_question_is_named_with_the_fix(said: str, told: str) -> None:
    with pytest.raises(DockerError, match=told):
        RemoteDocker(Failing(said, code=1)).containers({})
