"""kill -9 of command and engine at every step of a deploy: what serves is never deleted, the next `up` converges."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests import load, processes
from tests.e2e.project import Project

DEPLOY = ("deploy", "web", "demo:2", "--json")


def killed_after(web: Project, events: int) -> bool:
    """Starts a deploy and kills it, engine included, once it has said so many lines. False when it ended before."""
    process = subprocess.Popen(
        web.command(*DEPLOY), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for said, line in enumerate(process.stdout, start=1):
        if "summary" in json.loads(line):
            break
        if said == events:
            processes.kill(*processes.family(process.pid))
            process.wait()
            return True
    process.wait()
    return False


@pytest.mark.timeout(900)
def test_a_deploy_killed_at_any_step_deletes_nothing_that_serves_and_converges(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    kills = 0
    with load.background(web.port, header="web.localhost", clients=8, fresh=2, think=0.02) as seen:
        for events in range(1, 60):
            killed = killed_after(web, events)
            assert web.served_by()[0] == 200
            web.ok("up")
            status = web.status()
            assert web.served_by() == (200, status["release"])
            known = {status[colour]["container"] for colour in ("blue", "green") if status[colour]}
            assert len(web.containers()) == len(known), (web.containers(), status)
            if not killed:
                break
            kills += 1
            web.ok("deploy", "web", "demo:1", "--finalize")

    assert kills >= 3
    assert seen.lost == 0, str(seen)
