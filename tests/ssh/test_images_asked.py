"""Images of no use to a machine behind SSH: its own Docker asks the registry; what does not run there is not sent."""

from __future__ import annotations

from tests.e2e.other_platform import for_arm64
from tests.ssh.project import SshProject


def test_what_is_of_no_use_there_is_neither_pulled_nor_sent(web: SshProject) -> None:
    web.ok("deploy", "web", "demo:1")
    before, there = web.file.read_bytes(), images(web)

    with for_arm64("demo:2", f"{web.name}:arm") as local:
        looked, deployed = web.run("check", f"web={local}"), web.run("deploy", "web", local)
    for ran in (looked, deployed):
        assert ran.code == 5, ran.text
        assert "is for linux/arm64, and" in ran.text
    asked = web.run("deploy", "web", "127.0.0.1:9/acme/web:1")
    assert asked.code == 5, asked.text
    assert "connection refused" in asked.text
    assert "tandem ssh -- curl -sSI https://127.0.0.1:9/v2/" in asked.text

    assert images(web) == there
    assert web.file.read_bytes() == before
    assert web.served_by()[0] == 200


def images(web: SshProject) -> set[str]:
    """What is there; Docker lists those of one second in any order."""
    return set(web.docker("images", "--quiet").split())
