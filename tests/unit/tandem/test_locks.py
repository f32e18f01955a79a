from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tandem.engines import pulumi_locks
from tandem.exits import BUSY, Stop
from tandem.locks import holder, lock, unlocking
from tandem.locks.holder import Holder
from tandem.locks.lock import Patience
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.moving import deploy

ELSEWHERE = Holder("a Pulumi run", "ann", "other-machine", 4711, "2026-10-01T12:00:00Z")


def impatient() -> Patience:
    return Patience(0.0, lambda _text: None)


def pulumi_lock(folder: Path, **said: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "one.json"
    file.write_text(json.dumps({"pid": os.getpid(), "username": "ann", "hostname": socket.gethostname(), **said}))
    return file


def test_wait_goes_on_as_soon_as_the_other_command_is_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PAUSE", 0.01)
    told: list[str] = []
    held, free = threading.Event(), threading.Event()

    def other() -> None:
        with lock.held(bench.folder, "deploy admin", impatient()):
            held.set()
            free.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(10)

    def said(text: str) -> None:
        told.append(text)
        free.set()

    with lock.held(bench.folder, "deploy web", Patience(30.0, said)):
        pass
    thread.join()
    assert "`deploy admin` by" in told[0]
    assert "waiting up to 30 s" in told[0]


def test_an_engine_at_work_on_another_machine_is_busy_and_points_to_unlock(bench: Bench) -> None:
    bench.fake_engine.held = [ELSEWHERE]
    before = bench.text
    with pytest.raises(
        Stop, match=r"`a Pulumi run` by ann@other-machine \(pid 4711\) since .*tandem unlock"
    ) as stopped:
        deploy(bench, web="demo:1")
    assert stopped.value.code == BUSY
    assert bench.text == before


def test_unlock_shows_every_holder_and_frees_the_stack(bench: Bench) -> None:
    bench.fake_engine.held = [ELSEWHERE]
    held = unlocking.look(bench)
    assert unlocking.lines(held) == [f"lock of the engine offline: {ELSEWHERE}"]
    unlocking.refuse_the_living(held)
    unlocking.free(bench, held)
    assert unlocking.look(bench) == []
    deploy(bench, web="demo:1")


def test_unlock_refuses_to_take_the_stack_from_a_command_that_runs_here(bench: Bench) -> None:
    with bench.alone("deploy web"):
        held = unlocking.look(bench)
        assert held[0].by.what == "deploy web"
        with pytest.raises(Stop, match=f"kill {os.getpid()}") as stopped:
            unlocking.refuse_the_living(held)
    assert stopped.value.code == BUSY
    assert unlocking.look(bench) == []


def test_the_lock_of_a_cli_that_is_dead_here_is_cleared_and_its_attributes_too(tmp_path: Path) -> None:
    file = pulumi_lock(tmp_path)  # this process is no Pulumi CLI
    file.with_name("one.json.attrs").touch()
    assert pulumi_locks.holders(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_cli_that_is_about_to_take_its_lock_is_known_by_its_process(tmp_path: Path) -> None:
    url = f"file://{tmp_path}"
    cli = tmp_path / "pulumi"
    cli.symlink_to("/bin/sh")
    started = []
    for verb in ("up", "preview"):
        (tmp_path / verb).write_text("read _\n")
        command = [str(cli), verb]
        started.append(subprocess.Popen(command, env={"PULUMI_BACKEND_URL": url}, stdin=subprocess.PIPE, cwd=tmp_path))
    try:
        found = pulumi_locks.starting(url, ())
        known = pulumi_locks.starting(url, {started[0].pid})
        others = pulumi_locks.starting("file:///elsewhere", ())
    finally:
        for process in started:
            process.communicate()

    assert [by.pid for by in found] == [started[0].pid]
    assert known == others == pulumi_locks.starting(url, ()) == []


def test_the_lock_of_another_machine_stays_until_a_person_takes_it_away(tmp_path: Path) -> None:
    pulumi_lock(tmp_path, hostname="other-machine", timestamp="2026-10-01T12:00:00Z")
    (found,) = pulumi_locks.holders(tmp_path)
    assert (found.user, found.host, found.since) == ("ann", "other-machine", "2026-10-01T12:00:00Z")
    assert not holder.here(found)
    pulumi_locks.clear(tmp_path)
    assert pulumi_locks.holders(tmp_path) == []


def test_a_file_that_changed_while_waiting_is_read_anew(bench: Bench) -> None:
    assert "web" in bench.settings.apps
    bench.stack.file.write_text(bench.text.replace("    admin:", "    other:"), encoding="utf-8")
    with bench.alone("deploy web"):
        assert "other" in bench.settings.apps
