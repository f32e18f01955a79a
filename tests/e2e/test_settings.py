"""Settings that change between releases."""

from __future__ import annotations

import json

from tests import load
from tests.e2e.project import APP, Project, write_stack_file


def test_a_new_port_is_a_new_release_and_the_way_back_keeps_its_own(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    before = web.served_by()

    old = json.dumps({**APP, "domains": ["web.localhost"]})
    new = json.dumps({**APP, "domains": ["web.localhost"], "port": 9000, "env": {"PORT": "9000"}})
    web.file.write_text(web.file.read_text().replace(old, new))
    with load.background(web.port, header="web.localhost", think=0.005) as seen:
        web.ok("deploy", "web", "demo:2")
        after = web.served_by()
        web.ok("rollback", "web")

    assert (before[0], after[0]) == (200, 200)
    assert after != before
    assert web.served_by() == before
    assert seen.lost == 0, str(seen)


def test_a_worker_that_serves_is_not_removed_by_a_file_that_forgot_it(web: Project) -> None:
    worker = {"health": {"kind": "log", "pattern": "."}, "memory": 96, "user": "65534:65534"}
    write_stack_file(web, {"job": worker})
    declared = web.file.read_text()
    web.ok("deploy", "job", "demo:1")
    running = web.containers("job")

    web.file.write_text(declared)
    without_rollout = web.run("up")
    write_stack_file(web, {"web": {**APP, "domains": ["web.localhost"]}})
    without_app = web.run("up")

    assert web.containers("job") == running
    assert (without_rollout.code, without_app.code) == (1, 1), without_rollout.text + without_app.text
    assert "tandem close job" in without_rollout.text
    assert "tandem close job" in without_app.text
    web.ok("close", "job", "--yes")
    web.ok("up")
    assert web.containers("job") == {}
