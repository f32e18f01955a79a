"""A folder of a machine behind SSH: made there by who deploys, and tried out there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import demo_images
from tests.e2e.project import APP, write_stack_file
from tests.machine.boot import Machine
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind
from tests.ssh.project import SshProject, ssh_project

__all__ = ["demo_images", "swept"]


@pytest.fixture(scope="module")
def stage(swept: None) -> Iterator[Machine]:
    """A machine that has the images."""
    with a_machine(Kind()) as made:
        made.load("demo:1", "tandem-gateway:local")
        yield made


@pytest.fixture
def web(tmp_path: Path, stage: Machine) -> Iterator[SshProject]:
    """One app with a folder, nothing deployed."""
    with ssh_project(tmp_path, stage, engine="offline") as made:
        write_stack_file(made, {"web": {**APP, "domains": ["web.localhost"], "storage": ["files"]}})
        files = {"files": {"kind": "directory", "path": "/srv/tandem-files"}}
        made.file.write_text(f"{made.file.read_text()}  tandem:storage: {json.dumps(files)}\n")
        yield made


def test_a_folder_is_made_and_tried_out_on_the_machine(web: SshProject) -> None:
    web.ok("deploy", "web", "demo:1")
    (row,) = map(json.loads, web.ok("check", "storage", "--json").out.splitlines())

    assert row["steps"] == dict.fromkeys(("write", "read", "list", "delete"), "ok")
    assert web.machine.run("stat -c '%u:%g %a' /srv/tandem-files").stdout.strip() == "65534:65534 750"

    web.machine.run("chown -R 0:0 /srv/tandem-files")
    refused = web.run("check", "storage", "files")
    assert refused.code == 5
    assert "sudo chown -R UID:GID /srv/tandem-files" in refused.text
