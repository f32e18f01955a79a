"""The script of `tandem check storage` between a `docker` and a `curl` that only write down what they are given."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tandem.checks.storage import FILES, read
from tandem.checks.storage_words import Answer

SECRET = 'a"canary\\with%s'
TOLD = {
    "BUCKET": "acme",
    "ENDPOINT": "https://s3.example.com",
    "REGION": "eu-1",
    "ACCESS_KEY_ID": "AKIA",
    "SECRET_ACCESS_KEY": SECRET,
    "ADDRESSING_STYLE": "path",
}
DOCKER = """#!/bin/sh
case "$3" in *Env*) cat "${0%/*}/env" ;; *) exit 1 ;; esac
"""
CURL = """#!/bin/sh
here=${0%/*}
printf '%s\\n' "$@" >>"$here/words"
tee -a "$here/config" >"$here/last"
name=$(sed -n 's/.*\\(tandem-check-[0-9a-z-]*\\).*/\\1/p' "$here/last" | head -n 1)
said=$(sed -n 's/^data-binary = "\\(.*\\)"/\\1/p' "$here/config" | head -n 1)
printf '<Key>%s</Key>%s\\n200\\t0\\t' "$name" "$said"
"""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name, text in (("docker", DOCKER), ("curl", CURL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def script(folder: Path, **told: str) -> str:
    env = {**TOLD, **told}
    (folder / "env").write_text("".join(f"STORAGE_MEDIA_{name}={value}\n" for name, value in env.items()))
    words = ["sh", str(FILES / "bucket"), "box", "STORAGE_MEDIA", "gateway"]
    path = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(words, capture_output=True, text=True, check=True, env=path, timeout=60).stdout


def test_the_key_is_on_no_command_line_and_in_no_output(run: Path) -> None:
    said = script(run)

    assert read(said) == dict.fromkeys(("write", "read", "list", "delete"), Answer("ok"))
    assert "canary" not in (run / "words").read_text() + said
    assert (run / "config").read_text().count('user = "AKIA:a\\"canary\\\\with%s"') == 4


@pytest.mark.parametrize(
    ("style", "address"),
    [("path", "https://s3.example.com/acme/tandem-check-"), ("virtual", "https://acme.s3.example.com/tandem-check-")],
)
def test_the_buckets_name_is_where_the_app_was_told(run: Path, style: str, address: str) -> None:
    script(run, ADDRESSING_STYLE=style)

    assert f'url = "{address}' in (run / "config").read_text()
