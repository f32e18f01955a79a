"""A Prometheus elsewhere follows every swap within one scrape, by file and by HTTP, and is never started again."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.names import ROOT
from tests import load
from tests.e2e.project import APP, Project, until, write_stack_file
from tests.prometheus import server
from tests.prometheus.server import Prometheus

SWAPS = int(os.environ.get("TANDEM_SWAPS", "3"))
"""`make test-all` makes twenty."""
INTERVAL = 15
"""Seconds between two scrapes: the one in docs/outputs.md."""
JOBS = ("by-file", "by-http")
SCRAPED = {"web": {**APP, "domains": ["web.localhost"], "metrics": {}}}
MOVES = (("deploy", "web", "demo:2"), ("rollback", "web"), ("deploy", "web", "demo:3"), ("deploy", "web", "demo:1"))

CONFIGURATION = """\
global: {{scrape_interval: {interval}s}}
scrape_configs:
  - job_name: by-file
    file_sd_configs: [{{files: [/targets/*.json]}}]
  - job_name: by-http
    http_sd_configs: [{{url: "http://web.localhost:{port}/.tandem/targets", refresh_interval: 5s}}]
"""


@pytest.mark.timeout(900)
def test_targets_and_labels_are_right_within_one_scrape_of_every_swap(web: Project, tmp_path: Path) -> None:
    if web.engine == "pulumi" and "TANDEM_SWAPS" not in os.environ:
        pytest.skip("a long story: TANDEM_SWAPS=20 or `make test-all` tells it on the real engine too")
    write_stack_file(web, SCRAPED)
    web.ok("deploy", "web", "demo:1")
    folder = tmp_path / "targets"
    folder.mkdir(mode=0o755)
    swaps: list[dict[str, Any]] = []
    configuration = CONFIGURATION.format(interval=INTERVAL, port=web.port)
    with (
        followed(web, folder / "web.json"),
        server.running(folder, configuration, ["web.localhost"]) as prometheus,
        load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.1) as seen,
    ):
        settled(web, prometheus, time.time())
        life = prometheus.life()
        for number in range(SWAPS):
            swaps.append(swap(web, prometheus, MOVES[number % len(MOVES)]))
        assert prometheus.life() == life, "started again, or its configuration read again"
        scrapes = {job: judged(prometheus, job, swaps) for job in JOBS}
        version = prometheus.version()

    report(web, {"prometheus": version, "swaps": swaps, "scrapes": scrapes, "requests": seen.requests})
    assert seen.lost == 0, str(seen)
    for job in JOBS:
        assert scrapes[job]["most_wrong_after_a_swap"] <= 1, scrapes
        assert scrapes[job]["live_scrapes_that_failed"] == 0, scrapes


@contextmanager
def followed(web: Project, file: Path) -> Iterator[None]:
    """`tandem outputs --watch` beside the Prometheus, as docs/outputs.md says."""
    words = ("outputs", "--format", "file_sd", "--watch", "--every", "1", "--output", str(file))
    watch = subprocess.Popen(web.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        until(file.exists)
        yield
        assert watch.poll() is None, watch.stderr.read() if watch.stderr else ""
    finally:
        watch.terminate()
        watch.communicate(timeout=10)


def swap(web: Project, prometheus: Prometheus, words: tuple[str, ...]) -> dict[str, Any]:
    """One swap: when the traffic moved (Unix time), who serves since, and the seconds until each job was right."""
    before = web.served_by()[1]
    flipped: list[float] = []

    def lookout() -> None:
        until(lambda: web.served_by()[1] != before, seconds=60)
        flipped.append(time.time())

    looking = threading.Thread(target=lookout)
    looking.start()
    web.ok(*words)
    looking.join()
    after = settled(web, prometheus, flipped[0])
    return {"move": " ".join(words), "at": flipped[0], "live": web.served_by()[1], "right_after_seconds": after}


def settled(web: Project, prometheus: Prometheus, since: float) -> dict[str, float]:
    """Waits until every job scrapes exactly what there is, each target right and well; seconds since then, by job."""
    serving = json.loads(web.ok("outputs", "--format", "json").out)
    wanted = sorted((group["labels"]["release"], group["labels"]["role"]) for group in serving["scrape_targets"])
    took: dict[str, float] = {}

    def right() -> bool:
        scraped = prometheus.targets(since=since)
        for job in set(JOBS) - took.keys():
            if scraped.get(job) == [(release, role, "up") for release, role in wanted]:
                took[job] = round(time.time() - since, 1)
        return len(took) == len(JOBS)

    until(right, seconds=4 * INTERVAL)
    return took


def judged(prometheus: Prometheus, job: str, swaps: list[dict[str, Any]]) -> dict[str, Any]:
    """Every scrape that was stored: how many called a release live that had not the traffic, or failed."""
    wrong = [0] * len(swaps)
    failed = {"live": 0, "standby": 0}
    count = 0
    ends = [*(one["at"] for one in swaps[1:]), time.time()]
    for labels, values in prometheus.samples(f'up{{job="{job}"}}[1h]'):
        for at, value in values:
            count += 1
            failed[labels["role"]] += value != "1"
            for number, one in enumerate(swaps):
                if one["at"] < at < ends[number] and (labels["role"] == "live") != (labels["release"] == one["live"]):
                    wrong[number] += 1
    per_target = [(number + 1) // 2 for number in wrong]  # one wrong look at the live one, and one at the other
    return {
        "stored": count,
        "most_wrong_after_a_swap": max(per_target),
        "live_scrapes_that_failed": failed["live"],
        "standby_scrapes_that_failed": failed["standby"],
    }


def report(web: Project, said: dict[str, Any]) -> None:
    """Kept for people: times are measured, not judged."""
    kept = ROOT / "artefacts" / "prometheus" / f"{web.engine}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(said, indent=1) + "\n")
