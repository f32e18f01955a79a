"""An app of which two must never run at once: it stops before it starts, and says so when that goes wrong."""

from __future__ import annotations

from tests.e2e.project import APP, Project, write_stack_file

WORKER = {
    "health": {"kind": "log", "pattern": "ready to accept", "timeout": "10s"},
    "memory": 96,
    "user": "65534:65534",
    "swap": "stop_first",
    "standby": "remove",
}


def test_a_one_writer_app_is_replaced_and_never_runs_twice(web: Project) -> None:
    write_stack_file(web, {"web": {**APP, "domains": ["web.localhost"]}, "worker": WORKER})
    web.ok("deploy", "web=demo:1", "worker=demo:1")
    serving = web.served_by()
    first = web.containers("worker")
    web.ok("deploy", "worker", "demo:2")
    second = web.containers("worker")

    assert len(first) == len(second) == 1
    assert first.keys() != second.keys()
    again = web.ok("up", "--json").summary["summary"]
    assert {count for operation, count in again.items() if operation != "same"} == {0}

    refused = web.run("deploy", "worker", "demo:crash")
    assert refused.code == 1, refused.text
    assert "it is away in between" in refused.text
    assert "nothing of this app runs now" in refused.text
    assert "`tandem up` starts it again" in refused.text
    web.ok("up")
    assert web.containers("worker").keys() == second.keys()
    assert web.served_by() == serving
