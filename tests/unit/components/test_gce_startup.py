"""The startup script's own words about the disk, by the real script on file images; and what metadata says."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from components.hosts.gce import startup
from config.gce import GceHost
from tests import stacks

SCRIPT = startup.FILES / "startup"
MB = 1 << 20

needs_mkfs = pytest.mark.skipif(shutil.which("mkfs.ext4") is None, reason="mkfs.ext4 is not here")


def section(**host: object) -> GceHost:
    return GceHost.model_validate(stacks.on_gce(**host)["host"])


def word(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(SCRIPT), *words], capture_output=True, text=True, check=False)


def uuid(image: Path) -> str:
    asked = ["blkid", "--probe", "-s", "UUID", "-o", "value", str(image)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk"
    with path.open("wb") as file:
        file.truncate(64 * MB)
    return path


@needs_mkfs
def test_a_blank_disk_is_formatted_and_the_second_time_it_is_left_alone(image: Path) -> None:
    first = word("format", str(image))
    known, content = uuid(image), hashlib.sha256(image.read_bytes()).digest()
    second = word("format", str(image))

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "is blank: formatting it" in first.stdout
    assert known
    assert second.stdout == ""
    assert hashlib.sha256(image.read_bytes()).digest() == content
    assert word("check", str(image)).returncode == 0


@needs_mkfs
@pytest.mark.parametrize("offset", [0, 4096, 3 * MB])
def test_bytes_that_nobody_knows_are_never_formatted(image: Path, offset: int) -> None:
    with image.open("r+b") as file:
        file.seek(offset)
        file.write(b"somebody's data")
    before = image.read_bytes()
    said = word("format", str(image))
    refused = word("check", str(image))

    assert said.returncode == 0
    assert image.read_bytes() == before
    assert refused.returncode == 70
    assert "nothing was changed. Is it the right disk?" in refused.stderr


@needs_mkfs
def test_a_file_system_of_another_kind_is_refused_by_name(image: Path) -> None:
    subprocess.run(["mkfs.ext2", "-q", str(image)], check=True)
    before = image.read_bytes()

    assert word("format", str(image)).returncode == 0
    refused = word("check", str(image))
    assert refused.returncode == 70
    assert "holds ext2 and not ext4" in refused.stderr
    assert image.read_bytes() == before


@needs_mkfs
def test_a_table_of_partitions_is_no_blank_disk(image: Path) -> None:
    # Only its signature at the end of the first sector, as the smallest table has it.
    with image.open("r+b") as file:
        file.seek(446)
        file.write(bytes([0, 0, 2, 0, 0x83, 0, 0, 0, 8, 0, 0, 0, 0xFF, 0xFF, 0, 0]))
        file.seek(510)
        file.write(b"\x55\xaa")

    assert word("blank", str(image)).returncode != 0


def test_a_disk_that_is_not_there_is_neither_blank_nor_formatted(tmp_path: Path) -> None:
    assert word("blank", str(tmp_path / "nothing")).returncode != 0


def test_fstab_keeps_the_lines_of_others_and_has_ours_once(tmp_path: Path) -> None:
    listing = tmp_path / "fstab"
    listing.write_text("# mine: /mnt/tandem\nUUID=1 / ext4 defaults 0 1\nUUID=old /mnt/tandem ext4 defaults 0 2\n\n")
    script = SCRIPT.read_text().replace("/etc/fstab", str(listing))
    once = subprocess.run(["sh", "-s", "fstab", "U"], input=script, capture_output=True, text=True, check=True).stdout
    listing.write_text(once)
    twice = subprocess.run(["sh", "-s", "fstab", "U"], input=script, capture_output=True, text=True, check=True).stdout

    assert once == twice
    assert once.splitlines()[:3] == ["# mine: /mnt/tandem", "UUID=1 / ext4 defaults 0 1", ""]
    ours = [line.split() for line in once.splitlines()[3:]]
    assert [line[1] for line in ours] == ["/mnt/tandem", "/var/lib/docker/volumes", "/var/lib/tandem"]
    assert all("nofail" in line[3] for line in ours)


def test_the_version_says_what_the_script_is() -> None:
    digest = hashlib.sha256(startup.script().encode()).hexdigest()[:12]

    assert (startup.version(), digest) == ("1", "f58fb7de204b"), (
        "the script has changed: raise its VERSION, so that machines run it anew, then write both here"
    )


def test_a_newer_script_another_user_and_a_larger_disk_make_it_run_again() -> None:
    said = {startup.done(section()), startup.done(section(data_disk={"size": 21}))}
    said.add(startup.done(section(ssh={"public_keys": [stacks.PUBLIC_KEY], "user": "other"})))

    assert said == {"1 deploy 20", "1 deploy 21", "1 other 20"}


def test_metadata_lets_in_the_listed_keys_and_nobody_of_the_project() -> None:
    said = startup.metadata(section(ssh={"public_keys": [stacks.PUBLIC_KEY, "ssh-ed25519 AAAA other"]}))

    assert said["ssh-keys"] == f"deploy:{stacks.PUBLIC_KEY}\ndeploy:ssh-ed25519 AAAA other"
    assert said["block-project-ssh-keys"] == "TRUE"
    assert said["enable-oslogin"] == "FALSE"
    assert said["serial-port-enable"] == "FALSE"
    assert said["enable-guest-attributes"] == "TRUE"
    assert said["tandem-user"] == "deploy"
    assert said["startup-script"] == SCRIPT.read_text()


def test_with_os_login_metadata_has_no_keys_which_google_would_ignore() -> None:
    said = startup.metadata(section(ssh={"login": "os-login", "user": "sa_1234567890"}))

    assert said["enable-oslogin"] == "TRUE"
    assert "ssh-keys" not in said
    assert said["tandem-user"] == "sa_1234567890"


def test_metadata_fits_and_holds_nothing_secret() -> None:
    said = startup.metadata(section())

    assert all(len(value) < 256 * 1024 for value in said.values())
    assert sum(map(len, said.values())) < 512 * 1024
    assert not any("PRIVATE KEY" in value for value in said.values())
