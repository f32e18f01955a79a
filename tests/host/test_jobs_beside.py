"""Guards before jobs, workers that must be ready, and the scheduler of cron jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.host.docker import docker
from tests.host.jobs import Workshop, line
from tests.host.stage import Outcome, until

pytestmark = pytest.mark.host

AT = int(datetime(2026, 11, 24, 18, 30, tzinfo=UTC).timestamp())
"""03:30 of the 25th in Seoul."""


@pytest.fixture
def shop(image: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(image, tmp_path)
    try:
        yield workshop
    finally:
        workshop.close()


def idle(shop: Workshop, container: str, timeout: int = 30) -> Outcome:
    return shop.script("idle", f"container {container}\ntimeout {timeout}\ngrace 1\n")


def test_a_container_that_does_not_run_may_go_at_once(shop: Workshop) -> None:
    assert idle(shop, shop.made("true")) == Outcome(0, "", "")
    assert idle(shop, "job-that-never-was") == Outcome(0, "", "")


def test_one_that_runs_is_waited_for(shop: Workshop) -> None:
    container = shop.started("sleep 1; echo done")
    waited = idle(shop, container)

    assert waited.code == 0
    assert f"waiting for {container}, which runs" in waited.stderr
    assert shop.runs(container) == ["done"]


def test_one_that_runs_longer_than_it_may_is_stopped(shop: Workshop) -> None:
    container = shop.started("sleep 600")
    waited = idle(shop, container, timeout=1)

    assert waited.code == 0
    assert "did not end within its 1 s and was stopped" in waited.stderr
    assert shop.state(container) == "exited"


def ready(shop: Workshop, container: str, *health: str, timeout: int = 20) -> Outcome:
    told = "".join(f"{said}\n" for said in (f"container {container}", *health, "passes 2", f"timeout {timeout}"))
    return shop.script("ready", told)


def test_a_worker_is_ready_when_its_log_or_its_command_says_so(shop: Workshop) -> None:
    worker = shop.started("sleep 0.5; echo ready to work; touch /tmp/ready; sleep 600")

    assert ready(shop, worker, "health log", "pattern ready to [w]ork") == Outcome(0, "", "")
    assert ready(shop, worker, "health exec", "arg test", "arg -e", "arg /tmp/ready") == Outcome(0, "", "")


def test_a_worker_that_exits_is_not_ready(shop: Workshop) -> None:
    refused = ready(shop, shop.started("echo no queue; exit 1"), "health log", "pattern ready")

    assert refused.code == 71
    assert "is not ready: it exited" in refused.stderr
    assert "  | no queue" in refused.stderr


def test_a_worker_that_only_restarts_is_not_ready(shop: Workshop) -> None:
    refused = ready(shop, shop.started("exit 1", "--restart", "always"), "health log", "pattern ready")

    assert refused.code == 71
    assert "it exited" in refused.stderr


def test_a_worker_that_is_not_ready_in_time_is_left_running(shop: Workshop) -> None:
    worker = shop.started("echo starting; sleep 600")
    refused = ready(shop, worker, "health log", "pattern ready", timeout=1)

    assert refused.code == 70
    assert "its log health check did not pass within its 1 s" in refused.stderr
    assert shop.state(worker) == "running"


def test_a_pattern_that_grep_does_not_understand_is_refused(shop: Workshop) -> None:
    assert ready(shop, shop.started("sleep 600"), "health log", "pattern [a").code == 64


def test_half_a_table_changes_nothing(shop: Workshop) -> None:
    shop.table("one")
    refused = shop.script("cron", "cron two\n", "set", end="")

    assert refused.code == 64
    assert (shop.directory / "state" / "cron" / "web").read_text() == "one\n"
    assert shop.script("cron", "cron one\n", "clear").code == 0
    assert not (shop.directory / "state" / "cron" / "web").exists()


class Clock:
    """A scheduler whose minutes the test tells."""

    def __init__(self, shop: Workshop) -> None:
        self.container = shop.start_scheduler()

    def tick(self, at: int = AT) -> list[str]:
        """What is written in the log in that minute, without the time."""
        said = docker("exec", self.container, "/jobs/current/bin/tick", str(at), errors=True)
        return [entry.split("\t", 1)[1].replace("\t", " ") for entry in said.splitlines()]


@pytest.fixture
def clock(shop: Workshop) -> Clock:
    return Clock(shop)


def test_what_is_due_is_started_and_its_end_is_noted_once(shop: Workshop, clock: Clock) -> None:
    job = shop.made("echo tidied; exit 4")
    shop.table(line(job), line(job, name="never", schedule="0 0 1 1 *"))

    assert clock.tick() == ["web tidy started"]
    until(lambda: shop.state(job) == "exited")
    shop.table(line(job, schedule="0 0 1 1 *"))
    assert clock.tick() == ["web tidy ended with exit code 4 after 0 s"]
    assert clock.tick() == []
    assert len((shop.directory / "log" / "cron.log").read_text().splitlines()) == 2


def test_nothing_of_an_app_that_was_stopped_by_hand_is_started(shop: Workshop, clock: Clock) -> None:
    job = shop.made("echo tidied")
    shop.table(line(job))
    mark = shop.directory / "state" / "cron" / "web.off"
    mark.touch()
    assert clock.tick() == []

    mark.unlink()
    assert clock.tick() == ["web tidy started"]


def test_a_run_is_never_started_beside_the_one_before_it(shop: Workshop, clock: Clock) -> None:
    job = shop.started("echo ran; sleep 600")
    shop.table(line(job))

    assert clock.tick(now()) == ["web tidy skipped: the run before it still runs"]
    assert shop.runs(job) == ["ran"]


def test_a_run_that_takes_too_long_is_stopped(shop: Workshop, clock: Clock) -> None:
    job = shop.started("sleep 600")
    shop.table(line(job, schedule="0 0 29 2 *", limit=60))

    assert clock.tick(now() + 100) == ["web tidy stopped: it ran longer than its 60 s"]
    until(lambda: shop.state(job) == "exited")


def test_a_schedule_means_the_clock_of_its_time_zone(shop: Workshop, clock: Clock) -> None:
    seoul, utc = shop.made("true"), shop.made("true")
    shop.table(line(seoul, name="seoul", schedule="30 3 25 * *", zone="Asia/Seoul"), line(utc, schedule="30 3 25 * *"))

    assert clock.tick() == ["web seoul started"]


def test_a_time_zone_that_the_image_lacks_is_told_and_starts_nothing(shop: Workshop, clock: Clock) -> None:
    shop.table(line(shop.made("true"), zone="Mars/Olympus"))

    assert clock.tick() == ["web tidy not started: this image does not know the time zone Mars/Olympus"]


def test_a_container_that_is_gone_is_told(shop: Workshop, clock: Clock) -> None:
    shop.table(line("cron-that-never-was"))

    assert clock.tick() == [
        "web tidy not started: its container cron-that-never-was does not exist; an update makes it"
    ]


def test_without_any_table_a_minute_passes_in_silence(clock: Clock) -> None:
    assert clock.tick() == []


def test_the_scheduler_ticks_in_each_new_minute_and_not_in_the_one_it_starts_in(shop: Workshop, clock: Clock) -> None:
    job = shop.made("true")
    shop.table(line(job))
    docker("exec", "-d", clock.container, "/jobs/current/bin/schedule")
    docker("exec", "-d", clock.container, "/jobs/current/bin/schedule", str(now() // 60))
    docker("exec", "-d", clock.container, "/jobs/current/bin/schedule", str(now() // 60 - 1))
    until(lambda: shop.state(job) == "exited")

    assert (shop.directory / "log" / "cron.log").read_text().count("started") == 1


def now() -> int:
    return int(datetime.now(tz=UTC).timestamp())
