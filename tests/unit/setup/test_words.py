"""What every step of the set-up relies on: one at a time, no input, and an end that says what went wrong."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys

from config.names import ROOT
from tests.unit.setup.checkout import Checkout


def test_a_failure_shows_the_end_of_the_output_and_passes_its_code_on(checkout: Checkout) -> None:
    run = checkout.run("watched", "trying", "sh", "-c", "echo first; echo why >&2; exit 7")
    assert run.returncode == 7
    assert run.stdout == "set-up: trying\n"
    assert run.stderr.endswith("  first\n  why\n")


def test_nothing_waits_for_input(checkout: Checkout) -> None:
    assert checkout.run("watched", "reading", "cat").returncode == 0


def test_a_second_set_up_waits_for_the_first(checkout: Checkout) -> None:
    lock = checkout.root / ".tandem" / "setup.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = [str(checkout.root / "setup" / "locked"), "sh", "-c", "echo my turn"]
        with subprocess.Popen(command, env=checkout.environment(), stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout
            assert "waiting" in second.stdout.readline()
            assert second.poll() is None
            fcntl.flock(held, fcntl.LOCK_UN)
            assert second.stdout.readline() == "my turn\n"


def test_a_killed_set_up_is_in_nobodys_way(checkout: Checkout) -> None:
    command = [str(checkout.root / "setup" / "locked"), "sh", "-c", "echo at work; exec sleep 60"]
    with subprocess.Popen(command, env=checkout.environment(), stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "at work\n"
        first.kill()
    run = checkout.run("locked", "sh", "-c", "echo my turn")
    assert (run.returncode, run.stdout) == (0, "my turn\n")


def test_only_apps_without_a_release_are_deployed_at_first() -> None:
    apps = {"web": {"phase": "empty"}, "admin": {"phase": "stable"}, "api": {"phase": "empty"}}
    run = subprocess.run(
        [sys.executable, str(ROOT / "setup" / "empty.py"), "demo:1"],
        input=json.dumps({"stack": "local", "apps": apps}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "web=demo:1 api=demo:1\n"
