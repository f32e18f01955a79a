"""What stands in ~/.ssh/authorized_keys before and after, by the real shell scripts in a home of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from config.hosts import SshHost
from tandem.hosts import doors, shell

OLD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfcMJgYIQbtuVBLqcdCTprIbXC7G5YdZc3UqeKtxIhs"
NEW = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1Kg9Qt/xhC6NPFoJAOvlGpyB2ZDdN1XQ+RmzaxNdzI"
FILE = f"""\
# {OLD} was mine
ssh-rsa AAAAB3 somebody

from="10.0.0.0/8,!10.1.*",no-pty {OLD} me & you
"""
HOST = SshHost(kind="ssh", address="203.0.113.7", user="deploy", key="~/.ssh/id", host_key=NEW)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    authorized(tmp_path).write_text(FILE)
    authorized(tmp_path).chmod(0o640)
    return tmp_path


def authorized(home: Path) -> Path:
    return home / ".ssh" / "authorized_keys"


def run(home: Path, script: str, *lines: str) -> subprocess.CompletedProcess[str]:
    told = "".join(f"{line}\n" for line in lines)
    return subprocess.run(
        ["sh", "-c", script],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )


def test_a_new_key_gets_a_line_of_its_own_with_the_old_ones_options(home: Path) -> None:
    assert run(home, doors._ADD, OLD, NEW).returncode == 0
    assert authorized(home).read_text() == f'{FILE}from="10.0.0.0/8,!10.1.*",no-pty {NEW} me & you\n'
    assert authorized(home).stat().st_mode & 0o777 == 0o640
    assert [path.name for path in (home / ".ssh").iterdir()] == ["authorized_keys"]


def test_adding_twice_is_adding_once(home: Path) -> None:
    run(home, doors._ADD, OLD, NEW)
    once = authorized(home).read_text()
    assert run(home, doors._ADD, OLD, NEW).returncode == 0
    assert authorized(home).read_text() == once


def test_an_old_key_that_is_written_nowhere_or_in_a_comment_only_is_said(home: Path) -> None:
    authorized(home).write_text(f"# {OLD}\n{OLD}AAAA longer\n")
    assert run(home, doors._ADD, OLD, NEW).returncode == doors.NOT_WRITTEN
    assert run(home, doors._HAS, OLD, "").returncode == doors.NOT_WRITTEN
    authorized(home).unlink()
    assert run(home, doors._ADD, OLD, NEW).returncode == doors.NOT_WRITTEN


def test_the_old_key_goes_and_every_other_line_stays(home: Path) -> None:
    run(home, doors._ADD, OLD, NEW)
    done = run(home, doors._REMOVE, OLD, NEW, "keep")
    assert (done.returncode, done.stdout) == (0, "removed\nkept\n")
    expected = FILE.replace(f'from="10.0.0.0/8,!10.1.*",no-pty {OLD}', f'from="10.0.0.0/8,!10.1.*",no-pty {NEW}')
    assert authorized(home).read_text() == expected


@pytest.mark.parametrize("last", [[], ["give it back"], ["kee"]])
def test_without_the_last_word_all_is_as_before(home: Path, last: list[str]) -> None:
    run(home, doors._ADD, OLD, NEW)
    before = authorized(home).read_text()
    assert run(home, doors._REMOVE, OLD, NEW, *last).returncode == 70
    assert authorized(home).read_text() == before


def test_the_last_key_that_is_let_in_is_never_taken_out(home: Path) -> None:
    assert run(home, doors._REMOVE, OLD, NEW, "keep").returncode == doors.NOT_WRITTEN
    assert authorized(home).read_text() == FILE


def test_a_linked_file_stays_a_link(home: Path) -> None:
    elsewhere = home / "keys"
    authorized(home).rename(elsewhere)
    authorized(home).symlink_to(elsewhere)
    run(home, doors._ADD, OLD, NEW)
    assert authorized(home).is_symlink()
    assert NEW in elsewhere.read_text()


def test_a_log_in_is_by_one_key_alone_and_over_a_connection_of_its_own() -> None:
    argv = doors.argv(HOST, Path("/keys/id.new"), "true")
    files = [word for word in argv if word.startswith("IdentityFile=")]
    assert files == ["IdentityFile=/keys/id.new"]
    assert argv.index("ControlPath=none") < next(at for at, word in enumerate(argv) if "ControlPath=~" in word)
    assert {"IdentityAgent=none", "IdentitiesOnly=yes", "-v"} <= set(argv)


def test_of_what_ssh_says_people_get_the_last_word_that_is_meant_for_them() -> None:
    said = "OpenSSH_9.2\ndebug1: Connecting\nPermission denied (publickey).\ndebug1: bye\n"
    assert doors.last_line(said) == "Permission denied (publickey)."
    accepted = "debug1: Server accepts key: /keys/id ED25519 SHA256:MeD/bpK5J7dT explicit"
    assert doors.ACCEPTED.findall(accepted) == ["SHA256:MeD/bpK5J7dT"]


def test_one_word_is_a_line_and_several_arrive_as_they_are() -> None:
    assert shell.line([]) == ""
    assert shell.line(["ls | wc -l"]) == "ls | wc -l"
    assert shell.line(["ls", "a  b", "c'd"]) == "ls 'a  b' 'c'\"'\"'d'"
