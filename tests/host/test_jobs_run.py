"""A job runs to its end, once per release, whatever happens to who started it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.docker import docker
from tests.host.jobs import RELEASE, Workshop, told
from tests.host.stage import until

pytestmark = pytest.mark.host


@pytest.fixture
def shop(image: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(image, tmp_path)
    try:
        yield workshop
    finally:
        workshop.close()


def test_a_job_runs_to_its_end_and_its_log_is_shown(shop: Workshop) -> None:
    ran = shop.job(shop.made("echo one column more; echo and an index >&2"))

    assert (ran.code, ran.stderr) == (0, "")
    assert sorted(ran.stdout.splitlines()) == ["and an index", "one column more"]
    assert "image demo:1\n" in shop.marker().read_text()


def test_it_runs_once_per_release_and_for_another_release_again(shop: Workshop) -> None:
    container = shop.made("echo ran")
    shop.job(container)
    again = shop.job(container)
    assert again.code == 0
    assert "before_switch ran for this release on " in again.stdout
    assert shop.runs(container) == ["ran"]

    assert shop.job(container, release="green-99999999").stdout == "ran\n"
    until(lambda: shop.runs(container) == ["ran", "ran"])  # Docker writes its log behind the run's back


def test_the_same_release_on_the_other_colour_has_had_it(shop: Workshop) -> None:
    container = shop.made("echo ran")
    shop.job(container)
    shop.job(container, release="blue-1a2b3c4d")

    assert shop.runs(container) == ["ran"]


def test_a_failure_tells_the_exit_code_and_the_last_lines_and_the_next_try_runs_again(shop: Workshop) -> None:
    container = shop.made("echo no such column: nome; exit 3")
    failed = shop.job(container)

    assert failed.code == 71
    assert "web: before_switch failed with exit code 3. green-1a2b3c4d was not started" in failed.stderr
    assert "  | no such column: nome" in failed.stderr
    assert failed.stdout == ""
    shop.job(container)
    assert len(shop.runs(container)) == 2


def test_after_switch_says_that_the_release_serves(shop: Workshop) -> None:
    failed = shop.job(shop.made("exit 1"), kind="after_switch")

    assert "after_switch failed with exit code 1. green-1a2b3c4d serves" in failed.stderr


def test_one_that_hangs_is_stopped_at_its_limit(shop: Workshop) -> None:
    container = shop.made("echo waiting for a lock; sleep 600")
    hung = shop.job(container, timeout=1)

    assert hung.code == 70
    assert "before_switch did not end within its 1 s and was stopped" in hung.stderr
    assert "  | waiting for a lock" in hung.stderr
    assert shop.state(container) == "exited"
    assert not shop.marker().exists()


def test_a_run_that_answers_the_stop_with_success_has_not_succeeded(shop: Workshop) -> None:
    container = shop.made("trap 'exit 0' TERM; echo half-way; while :; do sleep 0.1; done")

    assert shop.job(container, timeout=1).code == 70
    assert not shop.marker().exists()


def test_a_command_that_the_image_lacks_is_named(shop: Workshop) -> None:
    name = f"{shop.made('true')}-lacks"
    shop.containers.append(name)
    docker("create", "--name", name, "--entrypoint", "migrate", shop.image)
    failed = shop.job(name)

    assert failed.code == 71
    assert "before_switch does not start: " in failed.stderr
    assert '"migrate": executable file not found' in failed.stderr


def test_a_container_that_is_gone_is_named(shop: Workshop) -> None:
    failed = shop.job("job-that-never-was")

    assert failed.code == 71
    assert "the container job-that-never-was of before_switch does not exist" in failed.stderr


def test_one_that_runs_already_is_waited_for_and_not_started_twice(shop: Workshop) -> None:
    container = shop.started("echo ran; until [ -e /tmp/go ]; do sleep 0.05; done")
    second = subprocess.Popen(shop.command("job"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert second.stdin is not None
    second.stdin.write(told(container) + "end\n")
    second.stdin.close()
    second.stdin = None
    until(lambda: shop.marker().with_suffix(".1a2b3c4d.tried").exists())
    docker("exec", container, "touch", "/tmp/go")
    out, _ = second.communicate(timeout=60)

    assert (second.returncode, out) == (0, "ran\n")
    assert shop.runs(container) == ["ran"]


def test_one_whose_script_was_killed_goes_on_and_the_next_script_sees_its_end(shop: Workshop) -> None:
    container = shop.made("echo ran; until [ -e /tmp/go ]; do sleep 0.05; done")
    first = subprocess.Popen(shop.command("job"), stdin=subprocess.PIPE, text=True, start_new_session=True)
    assert first.stdin is not None
    first.stdin.write(told(container) + "end\n")
    first.stdin.close()
    until(lambda: shop.state(container) == "running")
    first.kill()
    first.wait()
    docker("exec", container, "touch", "/tmp/go")

    assert shop.job(container).code == 0
    assert shop.marker().exists()


def test_half_of_stdin_runs_nothing(shop: Workshop) -> None:
    container = shop.made("echo ran")
    refused = shop.script("job", told(container), end="")

    assert refused.code == 64
    assert "stdin has no line 'end'" in refused.stderr
    assert shop.runs(container) == []


def known(shop: Workshop, app: str, release: str) -> None:
    """The gateway's own word on what an app has."""
    said = {app: {"live": "blue-0a0b0c0d", "releases": ["blue-0a0b0c0d", release], "watch": {"id": "1"}}}
    script = shop.host / "gateway" / "current" / "host" / "serving"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"#!/bin/sh\necho '{json.dumps(said, separators=(',', ':'))}'\n")
    script.chmod(0o755)


def test_a_release_that_was_there_first_has_no_migration_to_run(shop: Workshop) -> None:
    known(shop, "web", RELEASE)
    container = shop.made("echo ran")
    passed_by = shop.job(container)

    assert passed_by.code == 0
    assert "green-1a2b3c4d was there before before_switch was" in passed_by.stdout
    assert shop.runs(container) == []


def test_what_another_app_has_does_not_count(shop: Workshop) -> None:
    known(shop, "web-admin", RELEASE)
    container = shop.made("echo ran")
    shop.job(container)

    assert shop.runs(container) == ["ran"]


def receipts(shop: Workshop, *releases: str) -> None:
    place = shop.host / "gateway" / "state"
    place.mkdir(parents=True)
    lines = (json.dumps({"app": "web", "release": one, "moved": True}, separators=(",", ":")) for one in releases)
    (place / "web.receipts.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_after_switch_runs_for_a_release_that_has_just_come_and_not_for_one_that_came_back(shop: Workshop) -> None:
    container = shop.made("echo ran")
    receipts(shop, "blue-0a0b0c0d", RELEASE, "blue-0a0b0c0d", RELEASE)
    assert shop.job(container, kind="after_switch").code == 0
    assert shop.runs(container) == []

    (shop.host / "gateway" / "state" / "web.receipts.jsonl").unlink()
    (shop.host / "gateway" / "state").rmdir()
    receipts(shop, "blue-0a0b0c0d", RELEASE)
    shop.job(container, kind="after_switch")
    assert shop.runs(container) == ["ran"]


def test_after_switch_that_failed_is_tried_again_also_on_the_way_back(shop: Workshop) -> None:
    container = shop.made("echo ran; [ -e /tmp/repaired ] || exit 1")
    receipts(shop, RELEASE)
    assert shop.job(container, kind="after_switch").code == 71
    with (shop.host / "gateway" / "state" / "web.receipts.jsonl").open("a") as more:
        more.write('{"app":"web","release":"green-1a2b3c4d","moved":true}\n')

    assert shop.job(container, kind="after_switch").code == 71
    assert len(shop.runs(container)) == 2
