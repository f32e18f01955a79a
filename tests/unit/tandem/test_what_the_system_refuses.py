"""Files that may not be read or written, a full disk, a Docker that nobody may ask: one error, never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tandem.checks import every, reach
from tandem.checks.finding import Finding
from tandem.cli.wiring import guarded
from tandem.docker import DockerError
from tandem.exits import ENVIRONMENT, FAILED, OK, PENDING, FailedRun, Stop
from tandem.moves import deploys, fingerprints
from tandem.says import refusals
from tests.unit.tandem.fakes import Bench


def failing(code: int, name: str | None = None) -> OSError:
    return OSError(code, os.strerror(code), name)


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        (errno.EACCES, "/p/.tandem/x/command.lock", ["/p/.tandem/x/command.lock: permission denied", "chown"]),
        (errno.EROFS, "Pulumi.local.yaml", ["Pulumi.local.yaml: read-only file system", "read-only; tandem writes"]),
        (errno.ENOSPC, "Pulumi.local.yaml", ["no space left", "df -h Pulumi.local.yaml"]),
        (errno.ENOSPC, None, ["no space left", "df -h ."]),
        (errno.EISDIR, "Pulumi.local.yaml", ["Pulumi.local.yaml: is a directory"]),
    ],
)
def test_it_says_which_file_why_and_the_way_out(code: int, name: str | None, words: list[str]) -> None:
    said = refusals.told(failing(code, name))
    for word in words:
        assert word in said


def test_a_command_that_may_not_write_ends_with_one_error(bench: Bench) -> None:
    def story() -> None:
        raise failing(errno.EACCES, "/p/.tandem/x/command.lock")

    assert guarded(story, bench.show) == ENVIRONMENT
    assert bench.errors.getvalue().startswith("error: /p/.tandem/x/command.lock: permission denied\n")


def test_a_reader_who_went_away_is_no_error_of_ours(bench: Bench) -> None:
    def story() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        guarded(story, bench.show)


def test_where_standard_output_is_full_standard_error_says_so() -> None:
    script = "from tandem.cli.wiring import guarded\nfrom tandem.says.progress import Json\nshow = Json()\n"
    script += "def s():\n    show.say('one')\nraise SystemExit(guarded(s, show))"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "error: no space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != OK


def test_a_run_that_the_disk_ends_puts_the_file_back_and_says_what_serves(bench: Bench) -> None:
    deploys.deploy(bench, {"web": "demo:1"})
    before = bench.text

    def full() -> None:
        raise failing(errno.ENOSPC, "offline.json")

    bench.fake_engine.during = full
    with pytest.raises(FailedRun) as failed:
        deploys.deploy(bench.again(), {"web": "demo:2"})
    assert failed.value.code == FAILED
    assert "offline.json: no space left on device" in str(failed.value)
    assert "serves, as before" in str(failed.value)
    assert bench.text == before


def test_what_cannot_be_written_down_after_the_flip_is_pending(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise failing(errno.ENOSPC, "settled.json")

    monkeypatch.setattr(fingerprints, "save", full)
    with pytest.raises(Stop) as stopped:
        deploys.deploy(bench, {"web": "demo:1"})
    assert stopped.value.code == PENDING
    assert "`tandem up` finishes it" in str(stopped.value)


def test_a_check_that_may_not_read_is_a_finding(bench: Bench) -> None:
    def look() -> list[Finding]:
        raise failing(errno.EACCES, "/p/.tandem/x/engine")

    (found,) = every.attempts("engine", look)
    assert (found.level, found.found) == ("bad", "/p/.tandem/x/engine: permission denied")
    assert "chown" in found.remedy


def test_a_docker_that_this_user_may_not_ask_is_told_with_the_way_out() -> None:
    raw = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get x"
    assert reach.told(DockerError(raw)) == (
        "docker: permission denied at unix:///var/run/docker.sock\n"
        "Join its group: `sudo usermod -aG docker $USER`, then log in again"
    )


def test_a_docker_that_does_not_run_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "other_socket", lambda: None)
    raw = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    assert reach.told(DockerError(raw)).startswith(
        "docker: no daemon answers at unix:///var/run/docker.sock\nStart it:"
    )


def test_any_other_word_of_docker_is_passed_on() -> None:
    assert (
        reach.told(DockerError("No such container: x"))
        == "docker: No such container: x\n`tandem check` says what to do"
    )


def test_ctrl_c_while_the_command_still_loads_is_one_line() -> None:
    script = "import os, signal, tandem.cli.early as early\nearly.begin()\nos.kill(os.getpid(), signal.SIGINT)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "error: interrupted; nothing was changed\n")


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    script = (
        "import signal, tandem.cli.early as early\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nearly.begin()\n"
        "early.over()\nassert signal.getsignal(signal.SIGINT) is signal.SIG_IGN"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == OK
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
