"""The script that puts secret files where containers find them: what it refuses, and that nothing is left then."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from components.secrets.delivery import packed
from config.secret_files import SHARED_MEMORY, Places, here, in_memory
from tests.host.docker import docker

RELEASE = "blue-1a2b3c4d"
IMAGE = "demo:1"
VALUE = "canary-of-the-script"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not in_memory(SHARED_MEMORY), reason="it takes root here and a tmpfs at /dev/shm"
)


@dataclass(frozen=True)
class Script:
    """The script for a stack of its own."""

    places: Places

    def run(self, *words: str, told: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(list(words), input=told, capture_output=True, text=True, check=False)

    def put(
        self, *, user: str = "1000:1000", image: str = IMAGE, told: str | None = None, app: str = "web"
    ) -> subprocess.CompletedProcess[str]:
        said = packed({"TOKEN": VALUE}) if told is None else told
        return self.run(*self.places.words("put", app, RELEASE, user, image), told=said)

    @property
    def folder(self) -> Path:
        return Path(self.places.memory) / "web" / RELEASE

    @property
    def twin(self) -> Path:
        return Path(self.places.sealed) / "web" / RELEASE


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Script]:
    known = here("host", uuid.uuid4().hex[:6], "tandem-gateway:local")
    assert known
    places = Places(known.memory, str(tmp_path / "sealed" / Path(known.memory).name), known.script)
    yield Script(places)
    shutil.rmtree(places.memory, ignore_errors=True)


def refused(script: Script, done: subprocess.CompletedProcess[str]) -> str:
    """What it said; nothing of the value is there."""
    assert done.returncode != 0
    assert not script.folder.exists()
    assert not script.twin.exists()
    assert VALUE not in done.stdout + done.stderr
    return done.stderr


def test_files_are_of_the_user_only_and_their_twin_is_sealed(script: Script) -> None:
    assert script.put(user="1000").returncode == 0

    file = script.folder / "TOKEN"
    assert file.read_text() == VALUE
    assert (file.stat().st_mode & 0o777, file.stat().st_uid, file.stat().st_gid) == (0o400, 1000, 0)
    assert (script.folder.stat().st_mode & 0o777, script.folder.stat().st_uid) == (0o500, 1000)
    assert script.twin.stat().st_mode & 0o777 == 0o400
    assert VALUE.encode() not in script.twin.read_bytes()


def test_putting_again_changes_the_files_and_not_the_folder_which_may_be_mounted(script: Script) -> None:
    script.put()
    before = script.folder.stat().st_ino
    assert script.put(told=packed({"TOKEN": "another"})).returncode == 0

    assert (script.folder.stat().st_ino, (script.folder / "TOKEN").read_text()) == (before, "another")


def test_the_image_says_whose_they_are_where_the_stack_file_does_not(script: Script) -> None:
    assert script.put(user="-").returncode == 0
    assert (script.folder / "TOKEN").stat().st_uid == 65534


def test_an_image_of_a_named_user_is_refused(script: Script) -> None:
    box = docker("create", IMAGE)
    image = f"tandem-test-named:{uuid.uuid4().hex[:6]}"
    try:
        docker("commit", "--change", "USER www-data", box, image)
        said = refused(script, script.put(user="-", image=image))
    finally:
        docker("rm", "-f", box)
        docker("rmi", image, check=False)

    assert "runs as 'www-data', a name that only the image knows" in said
    assert "user: 10001:10001" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"user": "-", "image": "nobody/has:this"}, "the image nobody/has:this is not on this machine yet"),
        ({"told": ""}, "did not arrive whole"),
        ({"told": packed({"TOKEN": VALUE}).removesuffix("end\n")}, "did not arrive whole"),
        ({"told": packed({"TOKEN": VALUE})[:400]}, "did not arrive whole"),
        ({"app": "../web"}, "'../web' is no app or release"),
    ],
    ids=["no image", "nothing", "no end", "half", "a path"],
)
def test_what_is_not_right_is_named(script: Script, wrong: dict[str, str], said: str) -> None:
    assert said in refused(script, script.put(**wrong))


def test_a_disk_is_no_memory(script: Script, tmp_path: Path) -> None:
    elsewhere = Script(Places(str(tmp_path / "memory" / "stack"), script.places.sealed, script.places.script))

    assert "would be on a disk" in refused(elsewhere, elsewhere.put())


def test_a_folder_that_others_can_write_to_is_not_used(script: Script) -> None:
    Path(script.places.memory).mkdir(parents=True)
    Path(script.places.memory).chmod(0o777)

    assert "is not root's alone (0700)" in refused(script, script.put())


def test_what_was_sealed_for_one_release_opens_for_no_other_key(script: Script) -> None:
    script.put()
    shutil.rmtree(script.places.memory)
    key = Path(f"{script.places.sealed}.key")
    key.write_text("0" * 64)
    done = script.run(*script.places.words("restore"))

    assert done.returncode != 0
    assert f"web {RELEASE} stays down: its secrets cannot be unsealed" in done.stderr
    assert not script.folder.exists()
    assert VALUE not in done.stderr


@pytest.mark.parametrize("later", ["drop", "restore"])
def test_files_go_with_the_last_container_that_has_them(script: Script, later: Literal["drop", "restore"]) -> None:
    script.put()
    mount = f"type=bind,src={script.folder},dst=/run/secrets,readonly"
    box = docker("create", "--mount", mount, IMAGE)
    try:
        kept = script.run(*script.places.words("drop", "web", RELEASE))
        assert kept.returncode == 0
        assert "keeps its files as long as it has a container" in kept.stderr
        assert script.folder.exists() and script.twin.exists()
    finally:
        docker("rm", "-f", box)

    more = ["web", "green-5e6f7a8b"] if later == "drop" else []
    assert script.run(*script.places.words(later, *more)).returncode == 0
    assert not script.folder.exists()
    assert not Path(script.places.sealed).exists()
