"""The exact words by which machines are reached: they are in the state of every stack, so a change re-runs commands.

After an intended change: `TANDEM_GOLDEN=write .venv/bin/pytest tests/golden/test_ssh.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from config import ssh
from config.gce import GceHost
from config.hosts import SshHost
from config.reached import machine
from tests import stacks
from tests.stacks import HOST_KEY, PUBLIC_KEY

GOLDEN = Path(__file__).parent / "ssh"

HOSTS: dict[str, dict[str, Any]] = {
    "agent": {},
    "key": {"key": "~/.ssh/id_ed25519", "port": 2222},
    "bastion": {"bastion": {"address": "gate.example.com", "user": "jump", "host_key": HOST_KEY}},
    "ipv6": {"address": "2001:db8::7"},
}

DOORS: dict[str, dict[str, Any]] = {
    "gce-tunnel": {"user": "sa_104857600123456789012", "login": "os-login"},
    "gce-ranges": {"sources": ["203.0.113.0/24"], "key": "~/.ssh/acme", "public_keys": [PUBLIC_KEY]},
}


@pytest.mark.parametrize("name", sorted({*HOSTS, *DOORS}))
def test_a_machine_is_reached_by_exactly_these_words(name: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    said = "\n".join([*ssh.command(host(name), "docker info"), ssh.docker_url(host(name)), ""])
    if os.environ.get("TANDEM_GOLDEN") == "write":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(said)
    assert said == golden.read_text(), f"{golden} differs; write it anew with TANDEM_GOLDEN=write if that is meant"


def host(name: str) -> SshHost:
    if name in DOORS:
        section = GceHost.model_validate({**stacks.on_gce()["host"], "ssh": DOORS[name]})
        return machine(section, "shop", "prod", "203.0.113.7", HOST_KEY)
    said = {"kind": "ssh", "address": "203.0.113.7", "user": "deploy", "host_key": HOST_KEY}
    return SshHost.model_validate({**said, **HOSTS[name]})
