"""A release that fails a fifth of its requests after a healthy start: it is off again by itself, whoever looks on."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.names import ROOT
from tandem.stack.stackfile import StackFile
from tests import load, processes
from tests.bench.lookout import Lookout, lookout
from tests.e2e.project import APP, Project, docker, until, write_stack_file

WATCHED = {"web": {**APP, "domains": ["web.localhost"], "watch": {"window": "15s"}}}
BAD = 7
"""Exit code of a deploy whose release its verdict switched off."""


@pytest.fixture
def served(web: Project) -> Iterator[tuple[Project, str]]:
    """demo:1 serves, with a watch on every switch; its release."""
    write_stack_file(web, WATCHED)
    web.ok("deploy", "web", "demo:1", "--no-wait")
    yield web, web.served_by()[1]


def test_a_failing_release_is_off_by_itself_and_the_deploy_says_so(served: tuple[Project, str]) -> None:
    web, good = served
    with (
        load.background(web.port, header="web.localhost", clients=8, fresh=2, think=0.05) as seen,
        lookout(web.port, 0.05) as watcher,
    ):
        until(lambda: seen.requests > 100)
        ran = web.run("deploy", "web", "demo:errors")
        assert ran.code == BAD, ran.text
        assert web.served_by() == (200, good)
        report(web, "deploy waits", seen, watcher)
        bad_so_far = seen.status[500]
        until(lambda: seen.requests > 800)
        assert seen.status[500] == bad_so_far, str(seen)

    assert only_its_own_failures(seen), str(seen)
    nothing_brings_it_back(web, good)


def test_a_verdict_that_comes_before_the_update_has_ended_is_told_as_well(served: tuple[Project, str]) -> None:
    web, good = served
    # The update goes on for a while after the flip, as it does where something is to be done or removed then.
    change_settings(web, {"web": {**WATCHED["web"], "after_switch": {"command": ["sleep", "12"]}}})
    with (
        load.background(web.port, header="web.localhost", clients=16, fresh=4, think=0.005) as seen,
        lookout(web.port, 0.05) as watcher,
    ):
        until(lambda: seen.requests > 500, seconds=60)
        ran = web.run("deploy", "web", "demo:errors")
        report(web, "off before the update ended", seen, watcher)

    assert web.served_by() == (200, good)
    assert ran.code == BAD, ran.text
    assert web.status()["live"] == good.partition("-")[0]


def test_it_is_off_although_the_client_died_right_after_the_flip(served: tuple[Project, str]) -> None:
    web, good = served
    with (
        load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.4) as seen,
        lookout(web.port, 0.05) as watcher,
    ):
        until(lambda: seen.requests > 60)
        deploy = start(web, "deploy", "web", "demo:errors")
        until(lambda: watcher.changes[-1][1] != good, seconds=60)
        processes.kill(*processes.family(deploy.pid))
        deploy.wait()
        until(lambda: web.served_by() == (200, good), seconds=60)
        report(web, "client killed", seen, watcher)

    assert only_its_own_failures(seen), str(seen)
    nothing_brings_it_back(web, good)


def test_it_is_off_although_the_gateway_restarted_within_the_window(served: tuple[Project, str]) -> None:
    web, good = served
    with load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.2) as before:
        until(lambda: before.requests > 100, seconds=60)
    web.ok("deploy", "web", "demo:errors", "--no-wait")
    assert web.served_by()[1] != good
    docker("restart", "--time", "1", web.gateway)
    until(lambda: web.served_by()[0] in (200, 500))
    with (
        load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.1) as seen,
        lookout(web.port, 0.05) as watcher,
    ):
        until(lambda: web.served_by() == (200, good), seconds=60)
        report(web, "gateway restarted", seen, watcher)

    assert only_its_own_failures(seen), str(seen)
    nothing_brings_it_back(web, good)


def nothing_brings_it_back(web: Project, good: str) -> None:
    """`finalize`, an edit, plain `up`: what serves stays, the barred release gets nothing, and its deploy no."""
    container = web.containers()[good]
    web.run("finalize", "web")
    with load.background(web.port, header="web.localhost", clients=4, fresh=2, think=0.02) as seen:
        web.ok("up")
        web.file.write_text(web.file.read_text().replace('"memory": 96', '"memory": 112'))
        web.ok("up")
        refused = web.run("deploy", "web", "demo:errors")
        until(lambda: seen.requests > 200)

    assert refused.code != 0, refused.text
    assert "barred" in refused.text, refused.text
    assert "--force" in refused.text, refused.text
    assert seen.lost == 0, str(seen)
    assert web.served_by()[0] == 200
    status = web.status()
    assert status["release"] == web.served_by()[1]
    assert status["release"] != good or web.containers()[good] == container


def only_its_own_failures(seen: load.Tally) -> bool:
    """Whether nothing was lost but the 500s that the release was made to give."""
    return seen.lost == seen.status[500]


def report(web: Project, what: str, seen: load.Tally, watcher: Lookout) -> None:
    """Kept for people: seconds from the first answer of the bad release to the last, and what it cost."""
    on, off = (watcher.changes[-2][0], watcher.changes[-1][0]) if len(watcher.changes) > 1 else (None, None)
    said: dict[str, Any] = {
        "engine": web.engine,
        "what": what,
        "seconds_until_off": None if on is None or off is None else round(off - on, 3),
        "failed_requests": seen.status[500],
        "requests": seen.requests,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    kept = ROOT / "artefacts" / "failing-release.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a") as file:
        file.write(json.dumps(said) + "\n")


def change_settings(web: Project, apps: dict[str, Any]) -> None:
    """The stack file with other settings, and the rollout that it had."""
    before = StackFile.read(web.file)
    entry = YAML(typ="safe").load(before.text)["config"]["tandem:rollouts"]["web"]
    write_stack_file(web, apps)
    after = StackFile.read(web.file)
    after.write(after.with_rollouts({"web": entry}))


def start(web: Project, *arguments: str) -> subprocess.Popen[bytes]:
    """A command that runs on its own."""
    return subprocess.Popen(
        web.command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
