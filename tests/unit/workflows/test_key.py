"""`workflows/key`: who a job is to the stack's machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from config.names import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for stack, login in (("prod", "login: os-login"), ("dev", "# login: os-login"), ("local", "kind: local")):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config:\n  tandem:host:\n    {login}\n")
    gcloud = tmp_path / "gcloud"
    gcloud.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n')
    gcloud.chmod(0o755)
    return tmp_path


def key(home: Path, **env: str) -> Path:
    """Runs it; the file it makes."""
    path = f"{home}:{os.environ['PATH']}"
    subprocess.run([str(ROOT / "workflows/key")], cwd=home, env={"HOME": str(home), "PATH": path, **env}, check=True)
    return home / ".ssh" / "id_ed25519"


def test_a_key_that_is_given_is_there_for_its_owner_alone(home: Path) -> None:
    file = key(home, TANDEM_STACK="dev", DEPLOY_KEY="line 1\r\nline 2")
    assert file.read_text() == "line 1\nline 2\n"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert key(home, TANDEM_STACK="dev", DEPLOY_KEY="another").read_text() == "line 1\nline 2\n"


def test_os_login_knows_a_new_one_for_two_hours(home: Path) -> None:
    file = key(home, TANDEM_STACK="prod")
    assert "OPENSSH PRIVATE KEY" in file.read_text()
    assert (home / "asked").read_text().split()[:3] == ["compute", "os-login", "ssh-keys"]
    assert "--ttl 2h" in (home / "asked").read_text()


@pytest.mark.parametrize("stack", ["dev", "local"])
def test_a_stack_without_a_key_gets_none(home: Path, stack: str) -> None:
    assert not key(home, TANDEM_STACK=stack).exists()
