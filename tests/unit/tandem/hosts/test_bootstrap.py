"""Which keys a new machine is given, what its steps look like to people, and what travels to it."""

from __future__ import annotations

import base64
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from config.bootstrap import FILES
from config.hosts import SshHost
from tandem.exits import USAGE, Stop
from tandem.hosts import bootstrap
from tandem.hosts.bootstrap import Step

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpQwrrMENCt0YmO8euE2KDo3jMJzZ4lSTmDhzgvKU6E"


def host(key: Path | None = None) -> SshHost:
    said = {"kind": "ssh", "address": "203.0.113.7", "user": "deploy", "host_key": HOST_KEY}
    return SshHost.model_validate(said | ({"key": str(key)} if key else {}))


def made(key: Path, passphrase: str = "") -> str:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "me", "-f", str(key)]
    subprocess.run(command, check=True)
    return key.with_suffix(".pub").read_text().strip()


def test_the_public_half_comes_from_the_key_itself(tmp_path: Path) -> None:
    line = made(tmp_path / "key")
    (tmp_path / "key.pub").unlink()

    assert bootstrap.public_keys(host(tmp_path / "key")).split()[:2] == line.split()[:2]


def test_where_the_key_has_a_passphrase_from_the_file_beside_it(tmp_path: Path) -> None:
    line = made(tmp_path / "key", "secret words")

    assert bootstrap.public_keys(host(tmp_path / "key")).strip() == line


def test_a_passphrase_without_that_file_is_named(tmp_path: Path) -> None:
    made(tmp_path / "key", "secret words")
    (tmp_path / "key.pub").unlink()

    assert "has a passphrase" in complaint(host(tmp_path / "key"))


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "does not exist here" in complaint(host(tmp_path / "key"))


def test_without_a_key_the_agent_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")

    assert "SSH agent has no key" in complaint(host())


def test_a_step_is_one_line_and_the_last_line_counts() -> None:
    steps = [Step("docker", True, "Docker 26.1.5", 3.21), Step("user", False, "", 0.04)]

    assert [step.line() for step in steps] == [
        "  docker     changed    3.2 s  Docker 26.1.5",
        "  user       same       0.0 s",
    ]
    assert bootstrap.summary(steps, 4).line() == "bootstrap: 1 of 2 steps changed something in 4.00 s (engine none)"
    assert bootstrap.summary(steps[1:], 1).line() == "bootstrap: nothing to do in 1.00 s (engine none)"


def test_every_script_travels_and_what_runs_may_run() -> None:
    packed = base64.b64decode(bootstrap.pack("end\n"))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        modes = {entry.name: entry.mode for entry in archive}

    assert set(modes) == {path.relative_to(FILES).as_posix() for path in FILES.rglob("*") if path.is_file()} | {
        "settings"
    }
    assert modes["host/bootstrap"] == 0o755
    assert modes["settings"] == 0o644


def complaint(of: SshHost) -> str:
    with pytest.raises(Stop) as refused:
        bootstrap.public_keys(of)
    assert refused.value.code == USAGE
    return str(refused.value)
