"""`tandem outputs --watch` of a stack behind SSH: one connection, and the file says what the machine serves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.project import APP, until, write_stack_file
from tests.ssh.project import SshProject

SCRAPED = {"web": {**APP, "domains": ["web.localhost"], "metrics": {}}}


def test_targets_in_a_file_follow_a_deploy_and_a_flip_by_the_host(web: SshProject, tmp_path: Path) -> None:
    write_stack_file(web, SCRAPED)
    web.ok("deploy", "web", "demo:1")
    file = tmp_path / "web.json"
    with followed(web, file) as watch:
        first = web.served_by()[1]
        until(lambda: roles(file) == {first: "live"})
        inode = file.stat().st_ino

        web.ok("deploy", "web", "demo:2")
        second = web.served_by()[1]
        until(lambda: roles(file) == {second: "live", first: "standby"})

        web.ok("rollback", "web", "--now")
        until(lambda: roles(file) == {first: "live", second: "standby"})

        assert watch.poll() is None
        assert file.stat().st_ino != inode, "replaced at once, never written into"
    assert watch.returncode == 0, watch.stderr


def roles(file: Path) -> dict[str, str]:
    """Release → role, as a Prometheus reads it now."""
    groups: list[dict[str, Any]] = json.loads(file.read_text())
    return {group["labels"]["release"]: group["labels"]["role"] for group in groups}


@contextmanager
def followed(web: SshProject, file: Path) -> Iterator[subprocess.Popen[str]]:
    """The command beside a Prometheus, as docs/outputs.md says."""
    words = ("outputs", "--format", "file_sd", "--watch", "--every", "1", "--output", str(file))
    with subprocess.Popen(web.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as watch:
        try:
            until(file.exists)
            yield watch
        finally:
            watch.terminate()
            watch.communicate(timeout=10)
