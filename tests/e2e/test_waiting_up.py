"""`watch.wait: true`: a plain `up` of a file edited by hand waits for the verdict, and says when it is bad."""

from __future__ import annotations

import json

from tests import load
from tests.e2e.project import APP, Project, until, write_stack_file

WAITING = {"web": {**APP, "domains": ["web.localhost"], "watch": {"window": "10s", "wait": True}}}


def test_a_plain_up_fails_after_a_bad_verdict_and_nothing_that_serves_is_deleted(web: Project) -> None:
    write(web, {"live": "blue", "blue": {"image": "demo:1"}})
    web.ok("up")
    good = web.served_by()[1]
    frozen = {"image": "demo:1", "frozen": good.split("-")[1]}
    with load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.05) as seen:
        until(lambda: seen.requests > 100)
        write(web, {"live": "green", "green": {"image": "demo:errors"}, "blue": frozen, "standby": "previous"})
        ran = web.run("up")

        assert ran.code != 0
        assert "verdict-web" in ran.text
        assert web.served_by() == (200, good)
        assert len(web.containers()) == 2, "nothing is deleted after a failure"
        web.ok("up")
        assert web.served_by() == (200, good)
        assert web.status()["phase"] == "prepared", "up follows what the host decided"

    web.ok("cancel", "web")
    assert web.served_by() == (200, good)
    assert set(web.containers()) == {good}


def test_a_plain_up_of_a_good_release_ends_well_with_or_without_traffic(web: Project) -> None:
    write(web, {"live": "blue", "blue": {"image": "demo:1"}})
    web.ok("up")
    write(web, {"live": "blue", "blue": {"image": "demo:2"}})
    ran = web.ok("up", "--json")

    assert any('"verdict-web"' in line and '"done"' in line for line in ran.out.splitlines())


def write(web: Project, rollout: dict[str, object]) -> None:
    write_stack_file(web, WAITING)
    web.file.write_text(f"{web.file.read_text()}  tandem:rollouts: {json.dumps({'web': rollout})}\n")
