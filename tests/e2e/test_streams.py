"""Streams outlive a deploy: each ends by itself, on the release that it began with, and no deploy waits for it."""

from __future__ import annotations

import dataclasses
import json
import time
from contextlib import ExitStack

import pytest

from config.names import ROOT
from tests import streams
from tests.e2e.gateway_memory import workers
from tests.e2e.project import APP, Project, until, write_stack_file

PATIENT = {"web": {**APP, "domains": ["web.localhost"], "drain_limit": "10m0s"}}
DEPLOYS = ("demo:2", "demo:3", "demo:1")
GROUPS = (30, 12, 8)
"""WebSockets, and as many SSE streams, opened before each deploy: fifty of each."""


@pytest.mark.timeout(900)
def test_no_stream_is_cut_by_three_deploys(web: Project) -> None:
    write_stack_file(web, PATIENT)
    web.ok("deploy", "web", "demo:1")
    quiet = [timed(web, image) for image in DEPLOYS]
    # Longer than all three deploys on whatever machine this is, and shorter than the drain limit.
    lasting = 15 + 4 * max(quiet)
    web.ok("finalize", "web")

    busy: list[float] = []
    memory = []
    groups: dict[str, list[streams.Stream]] = {}
    with ExitStack() as open_until_they_end:
        for image, size in zip(DEPLOYS, GROUPS, strict=True):
            opening = streams.background(web.port, header="web.localhost", websockets=size, sse=size, seconds=lasting)
            groups[web.served_by()[1]] = open_until_they_end.enter_context(opening)
            busy.append(timed(web, image))
            memory.append({kind: dataclasses.asdict(sums) for kind, sums in workers(web.gateway).items()})
        during = web.status()

    everyone = [one for group in groups.values() for one in group]
    report(web, quiet, busy, memory, everyone)
    assert streams.cut(everyone) == []
    assert len(everyone) == 100
    for release, group in groups.items():
        assert {one.releases[0] for one in group} == {release}
    assert during["draining"], during

    web.ok("up")
    until(lambda: len(web.containers()) <= 2)


def timed(web: Project, image: str) -> float:
    """Seconds of one deploy."""
    start = time.monotonic()
    web.ok("deploy", "web", image)
    return round(time.monotonic() - start, 2)


def report(web: Project, quiet: list[float], busy: list[float], memory: object, every: list[streams.Stream]) -> None:
    """Kept for people: times and memory are measured, not judged."""
    said = {
        "engine": web.engine,
        "deploy_seconds_without_streams": quiet,
        "deploy_seconds_with_streams": busy,
        "gateway_workers_kib_after_each_deploy": memory,
        "streams": streams.summary(every),
    }
    kept = ROOT / "artefacts" / "streams" / f"{web.engine}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(said, indent=1) + "\n")
