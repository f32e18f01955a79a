"""What the program declares beside releases: what waits for what, what follows the live release, what stays as made."""

from __future__ import annotations

from typing import Any

import pytest

from tests import engine, stacks
from tests.engine import SECRET_KEY, Program, Registered

MIGRATE = {"command": ["migrate"]}
WORK = {"command": ["work"]}
TIDY = {"command": ["tidy"], "schedule": "30 3 * * *", "timezone": "Asia/Seoul"}
ALL: dict[str, Any] = {
    "before_switch": MIGRATE,
    "after_switch": {"command": ["purge"]},
    "workers": {"mails": WORK},
    "cron": {"tidy": TIDY},
}


def run(stack: Any = stacks.stable, **more: Any) -> Program:
    return engine.seen(stack(**{**ALL, **more}))


def of_role(program: Program, role: str) -> list[Registered]:
    return [
        resource
        for resource in program.resources
        if {"label": "tandem.role", "value": role} in resource.inputs.get("labels", [])
    ]


def live(program: Program) -> str:
    return str(program.outputs["live"]["web"])


def test_an_app_without_jobs_declares_nothing_for_them() -> None:
    names = {resource.name for resource in engine.seen(stacks.switched()).resources}

    assert not names & {"files-jobs", "jobs-places", "scheduler", "cron-web"}
    assert not any(name.startswith(("before-", "after-", "job-")) for name in names)


def test_jobs_are_no_part_of_the_release() -> None:
    assert live(engine.seen(stacks.stable())) == live(run()) == live(run(before_switch={"command": ["other"]}))


def test_the_release_waits_for_its_migration_and_the_migration_for_its_container_and_scripts() -> None:
    program = run()
    release = live(program)
    migration = program.one(f"before-web-{release}")

    assert f"before-web-{release}" in program.one(f"web-{release}").depends_on
    assert {f"job-web-before-{release}", "files-jobs", "files-gateway"} <= set(migration.depends_on)
    assert migration.inputs["stdin"].splitlines() == [
        "job before_switch",
        f"release {release}",
        f"image {stacks.IMAGE_1}",
        f"container job-web-before-{release}-0000000",
        "timeout 300",
        "grace 10",
        "end",
    ]


def test_jobs_and_cron_are_made_and_not_started() -> None:
    program = run()

    for container in [*of_role(program, "job"), *of_role(program, "cron")]:
        assert (container.inputs["start"], container.inputs["mustRun"]) == (False, False)
        assert container.inputs["restart"] == "no"
        assert f"guard-{container.name}" in {resource.name for resource in program.resources}


def test_everything_but_the_migration_waits_for_the_switch() -> None:
    program = run()
    after = [*of_role(program, "worker"), *of_role(program, "cron"), program.one(f"after-web-{live(program)}")]

    assert len(after) == 3
    assert all("switch-web" in resource.depends_on for resource in after)
    assert "switch-web" not in program.one(f"before-web-{live(program)}").depends_on


def test_each_colour_has_its_migration_and_only_the_live_one_has_the_rest() -> None:
    program = run(stacks.prepared)
    jobs = {resource.name.rsplit("-", 1)[0] for resource in of_role(program, "job")}

    assert jobs == {"job-web-before-blue", "job-web-before-green", "job-web-after-blue"}
    for role in ("worker", "cron"):
        assert [resource.inputs["image"] for resource in of_role(program, role)] == [stacks.IMAGE_1]


def test_the_jobs_of_a_frozen_release_stay_as_made() -> None:
    program = run(stacks.switched, before_switch={"command": ["another"]})

    for name in (f"job-web-before-green-{stacks.FROZEN}", f"before-web-green-{stacks.FROZEN}"):
        assert program.one(name).ignore_changes == ("*",)
    assert program.one(f"before-web-{live(program)}").ignore_changes == ()


def test_what_runs_beside_is_the_release_itself_with_another_command() -> None:
    program = run(
        env={"A": "1", "B": "1"}, user="1000:1000", workers={"mails": {**WORK, "env": {"B": "2"}, "memory": 64}}
    )
    (worker,), app = of_role(program, "worker"), program.one(f"web-{live(program)}")

    for same in ("image", "user", "capabilities", "securityOpts", "networksAdvanced", "mounts", "ulimits", "logOpts"):
        assert worker.inputs[same] == app.inputs[same]
    assert worker.inputs["command"] == ["work"]
    assert worker.inputs["memory"] == worker.inputs["memorySwap"] == 64
    assert {"A=1", "B=2", f"TANDEM_RELEASE={live(program)}", "TANDEM_JOB=mails"} <= set(worker.inputs["envs"])
    assert "B=1" not in worker.inputs["envs"]


def test_nothing_beside_carries_the_label_of_a_release() -> None:
    program = run()

    for role in ("job", "worker", "cron"):
        for container in of_role(program, role):
            labels = {label["label"]: label["value"] for label in container.inputs["labels"]}
            assert labels["tandem.app"] == "web"
            assert "tandem.release" not in labels
            assert f"tandem.{role}" in labels


def test_secrets_reach_jobs_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_FINGERPRINT_KEY", "key")
    monkeypatch.setenv("API_TOKEN", "hunter2-canary")
    program = engine.run(stacks.stable(**ALL, secrets=["API_TOKEN"]))

    for role in ("job", "worker", "cron"):
        for container in of_role(program, role):
            assert SECRET_KEY in repr(container.inputs["envs"])
    assert "hunter2-canary" not in repr(program.outputs)


def test_a_start_first_worker_has_a_new_name_with_every_release_and_a_stop_first_one_never() -> None:
    def workers(stack: Any) -> set[tuple[str, bool | None]]:
        program = run(stack, workers={"mails": WORK, "alone": {**WORK, "swap": "stop_first"}})
        return {(worker.name, worker.delete_before_replace) for worker in of_role(program, "worker")}

    one, two = workers(stacks.stable), workers(lambda **more: stacks.stable(**more, memory=256))
    assert one & two == {("web-alone", True)}
    assert {first for _, first in one - two} == {False}


def test_a_worker_with_health_is_waited_for() -> None:
    health = {"kind": "exec", "command": ["test", "-e", "/tmp/ready"], "timeout": "20s"}
    program = run(workers={"mails": {**WORK, "health": health}})
    (worker,) = of_role(program, "worker")
    proof = program.one(f"ready-{worker.name}")

    assert worker.name in proof.depends_on
    assert proof.inputs["stdin"].splitlines() == [
        f"container {worker.name}-0000000",
        "health exec",
        "arg test",
        "arg -e",
        "arg /tmp/ready",
        "passes 3",
        "timeout 20",
        "end",
    ]


def test_the_scheduler_is_told_every_cron_job_of_the_live_release() -> None:
    program = run(cron={"tidy": TIDY, "mail": {"command": ["mail"], "schedule": "*/5 * * * 1-5", "timeout": "1m0s"}})
    told = program.one("cron-web").inputs["stdin"].splitlines()
    boxes = {container.name.split("-")[2]: container.name for container in of_role(program, "cron")}

    assert told == [
        f"cron mail\t*/5 * * * 1-5\tUTC\t60\t{boxes['mail']}-0000000",
        f"cron tidy\t30 3 * * *\tAsia/Seoul\t3600\t{boxes['tidy']}-0000000",
        "end",
    ]
    assert set(boxes.values()) <= set(program.one("cron-web").depends_on)


def test_the_scheduler_is_one_hardened_container_without_a_network_and_no_deploy_touches_it() -> None:
    one, two = run().one("scheduler"), run(stacks.switched).one("scheduler")

    assert one.inputs == two.inputs
    assert one.inputs["networkMode"] == "none"
    assert one.inputs["readOnly"] is True
    assert one.inputs["capabilities"] == {"adds": [], "drops": ["ALL"]}
    assert [mount["target"] for mount in one.inputs["mounts"] if mount.get("readOnly")] == ["/jobs"]


def test_without_cron_there_is_no_scheduler() -> None:
    assert "scheduler" not in {resource.name for resource in run(cron={}).resources}


def test_an_app_that_is_not_released_has_no_jobs_yet() -> None:
    program = engine.run(stacks.stack(**ALL))

    assert {resource.name for resource in program.resources if "job" in resource.name} == {
        "jobs",
        "jobs-places",
        "files-jobs",
    }
    assert of_role(program, "worker") == of_role(program, "cron") == []


def test_only_the_gateways_files_are_tried_by_nginx() -> None:
    program = run()

    assert program.one("files-gateway").inputs["create"].endswith(" tandem-test-gateway")
    assert "tandem-test-gateway" not in program.one("files-jobs").inputs["create"]
