"""Bad input gets one clear error, exit ≠ 0, and changes nothing."""

from __future__ import annotations

import socket
import subprocess

import pytest

from tests.e2e.project import Project


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("prepare", "web", "demo:1"), 3, "deploy"),
        (("switch", "web"), 3, "deploy"),
        (("rollback", "web"), 3, "deploy"),
        (("deploy", "shop", "demo:1"), 2, "shop"),
        (("deploy", "web", "nosuchimage:1", "--skip-pull"), 5, "nosuchimage:1"),
        (("destroy",), 2, "--yes"),
        (("logs", "nosuch"), 2, "nosuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_move_that_cannot_be_is_refused(web: Project, arguments: tuple[str, ...], code: int, words: str) -> None:
    before = web.file.read_bytes()
    refused = web.run(*arguments)

    assert refused.code == code, refused.text
    assert words in refused.text
    assert "Traceback" not in refused.text
    assert web.file.read_bytes() == before
    assert web.containers() == {}


def test_a_port_in_use_names_its_owner_and_the_setting(web: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", web.port))
        taken.listen()
        refused = web.run("deploy", "web", "demo:1")

    assert refused.code == 5, refused.text
    assert str(web.port) in refused.text
    assert "gateway" in refused.text
    assert "port" in refused.text
    assert web.containers() == {}


def test_a_second_tandem_at_once_is_told_who_is_first(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    slow = subprocess.Popen(web.command("deploy", "web", "demo:sick"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert slow.stdout is not None
        slow.stdout.readline()
        refused = web.run("deploy", "web", "demo:2")
    finally:
        slow.communicate(timeout=60)

    assert refused.code == 4, refused.text
    assert str(slow.pid) in refused.text


def test_another_engine_is_refused_on_a_stack_that_has_one(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    other = {"offline": "pulumi", "pulumi": "offline"}[web.engine]
    command = [part if part != web.engine else other for part in web.command("up")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert refused.returncode != 0
    assert web.engine in refused.stdout + refused.stderr
    assert web.served_by()[0] == 200


def test_every_mistake_in_the_stack_file_is_named_and_nothing_is_made(web: Project) -> None:
    web.file.write_text(web.file.read_text().replace('"port": 8000', '"prot": 8000, "cpus": 7'))
    refused = web.run("up")

    assert refused.code == 2, refused.text
    assert f"{web.file.name}: apps.web.prot" in refused.text
    assert f"{web.file.name}: apps.web.cpus" in refused.text
    assert web.containers() == {}
