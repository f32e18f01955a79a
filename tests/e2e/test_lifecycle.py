"""Stopping and starting by hand, on real Docker."""

from __future__ import annotations

import json

from config import names
from tests.e2e.project import APP, Project, docker, until, write_stack_file

CLOCK = {"command": ["true"], "schedule": "0 0 29 2 *"}
TWO = {
    "web": {
        **APP,
        "domains": ["web.localhost"],
        "workers": {"mails": {"command": ["sleep", "3600"], "stop_grace": "1s"}},
        "cron": {"tidy": CLOCK},
    },
    "admin": {**APP, "domains": ["admin.localhost"]},
}


def states(web: Project) -> dict[str, str]:
    """Docker's word for every container of the stack, by role and app, but for what is only made."""
    rows = docker(
        "ps", "-a", "--filter", f"label={names.LABEL_PROJECT}={web.name}",
        "--format", "{{.Label \"" + names.LABEL_ROLE + "\"}} {{.Label \"" + names.LABEL_APP + "\"}}\t{{.State}}",
    ).splitlines()  # fmt: skip
    found = dict(row.split("\t") for row in rows)
    return {role.strip(): state for role, state in found.items() if state != "created"}


def test_one_app_stops_and_comes_back_as_it_was(web: Project) -> None:
    write_stack_file(web, TWO)
    web.ok("deploy", "web=demo:1", "admin=demo:1")
    release = web.served_by()[1]
    refused = web.run("stop", "web")
    assert refused.code == 2
    assert "--yes" in refused.text
    assert web.served_by() == (200, release)

    stopped = web.ok("stop", "web", "--yes")
    assert "web.localhost answers 503 from now on" in stopped.out
    assert web.served_by() == (503, "gateway")
    assert web.served_by("admin")[0] == 200
    assert states(web) == {
        "app web": "exited", "worker web": "exited",
        "app admin": "running", "gateway": "running", "scheduler": "running",
    }  # fmt: skip
    assert web.status()["stopped"]["by"]
    assert (web.host_directory / "jobs" / "state" / "cron" / "web.off").is_file()

    web.ok("deploy", "admin", "demo:2")
    assert web.served_by() == (503, "gateway"), "the deploy of another app starts nothing of this one"
    assert web.served_by("admin")[0] == 200

    web.ok("start", "web")
    until(lambda: web.served_by() == (200, release))
    assert set(states(web).values()) == {"running"}
    assert web.status()["stopped"] is None
    assert not (web.host_directory / "jobs" / "state" / "cron" / "web.off").exists()
    assert unchanged(web)


def test_everything_stops_with_its_state_and_comes_back_gateway_last(web: Project) -> None:
    write_stack_file(web, TWO)
    web.ok("deploy", "web=demo:1", "admin=demo:1")
    release = web.served_by()[1]
    before = web.file.read_bytes()
    web.ok("stop", "--yes")
    assert set(states(web).values()) == {"exited"}
    assert web.served_by()[0] == 0
    assert web.file.read_bytes() == before

    started = web.ok("start")
    assert web.served_by() == (200, release), "served from the moment the command ends"
    assert set(states(web).values()) == {"running"}
    said = [line for line in started.out.splitlines() if line.startswith("started ")]
    assert "gateway" in said[-1]
    assert began(web, web.gateway) > max(began(web, box) for box in web.containers().values())
    assert "asker" not in docker("ps", "-a", "--filter", f"label={names.LABEL_PROJECT}={web.name}")
    assert unchanged(web)


def test_up_says_what_was_stopped_by_hand_before_it_starts_it(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    release = web.served_by()[1]
    web.ok("stop", "--yes")
    ran = web.ok("up")

    assert "web was stopped by" in ran.err
    assert web.served_by() == (200, release)
    assert web.status()["stopped"] is None


def test_a_stopped_stack_can_be_destroyed(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("stop", "--yes")
    web.ok("destroy", "--yes")

    assert states(web) == {}


def test_a_stop_while_the_release_is_watched_is_no_verdict_on_it(web: Project) -> None:
    write_stack_file(web, {"web": {**APP, "domains": ["web.localhost"], "watch": {"window": "10s"}}})
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2", "--no-wait")
    release = web.served_by()[1]
    web.ok("stop", "web", "--yes")
    for _ in range(40):
        assert web.served_by() == (503, "gateway")
    web.ok("start", "web")

    assert web.served_by() == (200, release)
    assert web.status()["barred"] == []


def test_stats_are_one_line_a_container_and_json_for_programs(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    said = json.loads(web.ok("stats", "--json").out)["containers"]
    assert [(one["app"], one["role"], one["live"]) for one in said] == [("web", "app", True), ("", "gateway", False)]
    assert said[0]["memory"] > 0
    assert said[0]["memory_limit"] == 96 << 20
    assert web.served_by()[1] in web.ok("stats").out


def began(web: Project, container: str) -> str:
    """When a container was last started."""
    return docker("inspect", "-f", "{{.State.StartedAt}}", container).strip()


def unchanged(web: Project) -> bool:
    """Whether the engine agrees that nothing has happened."""
    summary = web.ok("up", "--json").summary["summary"]
    return not any(summary[key] for key in ("create", "update", "replace", "delete"))
