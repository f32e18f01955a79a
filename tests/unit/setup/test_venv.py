"""The virtual environment: when it is kept, when it is made anew, and what is missing when it cannot be made."""

from __future__ import annotations

import hashlib
import sys

import pytest

from tests.unit.setup.checkout import Checkout

VERSION = f"Python {sys.version.split()[0]}"
PACKAGE = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"

# Debian's python3, which leaves ensurepip out.
WITHOUT_ENSUREPIP = f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"'


@pytest.fixture
def bare(checkout: Checkout) -> Checkout:
    checkout.command("python3", WITHOUT_ENSUREPIP)
    checkout.command("id", "echo 1000")
    return checkout


def make_current(checkout: Checkout) -> None:
    """What a finished run leaves."""
    checkout.command("venv-python", "exit 0")
    python = checkout.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(checkout.bin / "venv-python")
    (checkout.root / ".venv" / ".stamp").write_text(expected_stamp(checkout))


def expected_stamp(checkout: Checkout) -> str:
    where = f"{checkout.root}\n{VERSION}\n".encode()
    what = b"".join((checkout.root / name).read_bytes() for name in ("requirements.txt", "pyproject.toml"))
    return "".join(hashlib.sha256(part).hexdigest() + "\n" for part in (where, what))


def test_a_current_one_is_kept(bare: Checkout) -> None:
    make_current(bare)
    run = bare.run("venv")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_pin_brings_it_up_to_date(bare: Checkout, name: str) -> None:
    make_current(bare)
    with (bare.root / name).open("a") as file:
        file.write("# changed\n")
    run = bare.run("venv")
    assert run.returncode == 0, run
    assert "bringing .venv up to date" in run.stdout
    assert (bare.root / ".venv" / ".stamp").read_text() == expected_stamp(bare)


def test_a_failed_update_is_not_stamped(bare: Checkout) -> None:
    make_current(bare)
    with (bare.root / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    bare.command("venv-python", 'case "$*" in *install*) exit 1 ;; esac')
    assert bare.run("venv").returncode == 1
    assert "making .venv" in bare.run("venv").stdout


def test_a_moved_checkout_makes_it_anew(bare: Checkout) -> None:
    make_current(bare)
    bare.root = bare.root.rename(bare.root.with_name("moved"))
    assert "making .venv" in bare.run("venv").stdout


def test_a_killed_run_makes_it_anew(bare: Checkout) -> None:
    make_current(bare)
    (bare.root / ".venv" / ".stamp").unlink()
    assert "making .venv" in bare.run("venv").stdout


def test_without_ensurepip_the_package_is_named(bare: Checkout) -> None:
    assert f"apt-get install {PACKAGE}" in bare.refusal("venv")


def test_without_ensurepip_root_installs_the_package(bare: Checkout) -> None:
    bare.command("id", "echo 0")
    bare.command("dpkg", "")
    bare.command("apt-get", 'echo "no such mirror"; exit 100')
    run = bare.run("venv")
    assert run.returncode == 100
    assert "no such mirror" in run.stderr
    assert bare.called()[-1].startswith("apt-get update")


def test_the_dpkg_of_a_killed_run_is_waited_for(bare: Checkout) -> None:
    bare.command("id", "echo 0")
    gone = bare.home / "gone"
    locked = "dpkg: error: dpkg database lock was locked by another process with pid 7"
    bare.command("dpkg", f'[ -e "{gone}" ] || {{ : >"{gone}"; echo "{locked}" >&2; exit 2; }}')
    bare.command("apt-get", "exit 100")
    bare.run("venv")
    assert [call.split()[0] for call in bare.called()].count("dpkg") == 2


def test_an_old_python_is_named(checkout: Checkout) -> None:
    checkout.command("python3", 'case "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    assert "python3 is Python 3.9.2" in checkout.refusal("venv")


def test_a_newer_python_beside_an_old_one_is_taken(bare: Checkout) -> None:
    bare.command("python3", 'case "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    bare.command("python3.12", WITHOUT_ENSUREPIP)
    assert PACKAGE in bare.refusal("venv")
