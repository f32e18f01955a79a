"""What travels to a machine that becomes a host: every script, and settings that the scripts understand."""

from __future__ import annotations

import re

import pytest

from components.hosts import bootstrap
from config.bootstrap import settings
from config.hosts import SshHost

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGpQwrrMENCt0YmO8euE2KDo3jMJzZ4lSTmDhzgvKU6E"


@pytest.fixture
def host() -> SshHost:
    return SshHost.model_validate({"kind": "ssh", "address": "203.0.113.7", "user": "deploy", "host_key": KEY})


def test_the_tree_has_the_scripts_and_the_settings(host: SshHost) -> None:
    tree = bootstrap.tree(host, "shop", "prod", "offline")

    assert {"host/bootstrap", "host/ordered", "host/unbootstrap", "units/tandem@.service", "settings"} <= set(tree)
    assert list(tree) == sorted(tree)


def test_the_settings_say_what_the_stack_file_says(host: SshHost) -> None:
    assert settings(host, "shop", "prod", "offline") == (
        "project shop\nstack prod\nengine offline\nuser deploy\naddress 203.0.113.7\nport 22\nhardening no\n"
        "min_free_gb 10\nend\n"
    )


def test_ports_and_keys_are_one_a_line_and_no_engine_is_none(host: SshHost) -> None:
    hard = host.model_copy(update={"hardening": True})
    said = settings(hard, "shop", "prod", "", gateway_ports=(80, 8080), admitted=f"{KEY} me\n\n{KEY} you\n")

    assert "engine" not in said
    assert "hardening yes\n" in said
    assert "gateway_port 80\ngateway_port 8080\n" in said
    assert f"admit {KEY} me\nadmit {KEY} you\nend\n" in said


def test_the_scripts_know_every_key_and_no_other(host: SshHost) -> None:
    tree = bootstrap.tree(host, "shop", "prod", "offline", gateway_ports=(80,), admitted=KEY)
    said = {line.split(" ")[0] for line in tree["settings"].splitlines()}
    known = set(re.findall(r"^ {8}(\w+)\) ", tree["lib/settings.sh"], re.MULTILINE))

    assert said == known


def test_every_file_that_a_script_reads_travels_with_it(host: SshHost) -> None:
    tree = bootstrap.tree(host, "shop", "prod", "offline")
    scripts = tree["host/bootstrap"] + tree["host/secrets"]
    read = set(re.findall(r'\. "\$lib/(\w+\.sh)"', scripts))

    assert {f"lib/{name}" for name in read} == {path for path in tree if path.startswith("lib/")}
