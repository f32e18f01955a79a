"""What runs beside an app: migrations before the switch, jobs after it, workers and cron with the live release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import names
from tests.e2e.project import APP, Project, docker, project, until, write_stack_file

SAYS_WHO = "import os; print('worker of', os.environ['VERSION'], os.environ['TANDEM_RELEASE'], flush=True)"
WORKS = ["python3", "-c", f"import time; {SAYS_WHO}; time.sleep(3600)"]
MIGRATES = ["python3", "-c", "import os; print('to', os.environ['VERSION']); print('migrated', flush=True)"]
MARK = "python3 -c \"import os; print('x', file=open('/data/' + os.environ['TANDEM_JOB'], 'a'))\""


def app(**more: Any) -> dict[str, Any]:
    return {**APP, "domains": ["web.localhost"], **more}


def python(text: str) -> dict[str, Any]:
    return {"command": ["python3", "-c", text]}


@pytest.fixture
def web(tmp_path: Path, engine: str) -> Iterator[Project]:
    """One app `web`, nothing deployed, no jobs yet."""
    with project(tmp_path, engine=engine) as made:
        yield made


def say(web: Project, **more: Any) -> None:
    """Changes the app's section; the rollout stays in the file."""
    text = web.file.read_text()
    rollouts = text[text.index("  tandem:rollouts:") :] if "tandem:rollouts:" in text else ""
    write_stack_file(web, {"web": app(**more)})
    web.file.write_text(web.file.read_text() + rollouts)


def beside(web: Project, role: str, *, running: bool = False) -> dict[str, str]:
    """Container name → short image ID of everything with this role."""
    listed = docker(
        "ps", *([] if running else ["-a"]),
        "--filter", f"label={names.LABEL_PROJECT}={web.name}",
        "--filter", f"label={names.LABEL_ROLE}={role}",
        "--format", "{{.Names}} {{.Image}}",
    )  # fmt: skip
    return dict(line.split() for line in listed.splitlines())


def image(tag: str) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", tag).strip().removeprefix("sha256:")[:12]


def marks(web: Project) -> list[str]:
    """Names of the markers of jobs that ran well."""
    done = web.host_directory / "jobs" / "state" / "done"
    return sorted(path.name for path in done.glob("*")) if done.is_dir() else []


def expect_nothing_to_do(web: Project) -> None:
    """Plain `up` after a move finds everything as it is declared."""
    ran = web.ok("up", "--json")
    changed = {count for operation, count in ran.summary["summary"].items() if operation != "same"}
    assert changed == {0}, "\n".join(line for line in ran.out.splitlines() if '"same"' not in line)


def test_a_migration_runs_in_the_new_image_before_it_serves_and_shows_its_log(web: Project) -> None:
    say(web, before_switch={"command": MIGRATES}, after_switch=python("print('the new one serves')"))
    first = web.ok("deploy", "web", "demo:1")
    assert "to 1\n" in first.text
    assert "migrated" in first.text
    assert "the new one serves" in first.text
    second = web.ok("deploy", "web", "demo:2")

    assert second.text.index("to 2") < second.text.index("switch-web (") < second.text.index("the new one serves")
    expect_nothing_to_do(web)


def test_a_failed_migration_starts_nothing_and_a_repaired_one_goes_through(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    serving, before = web.served_by(), web.containers()
    say(web, before_switch=python("import sys; print('no such column: nome'); sys.exit(3)"))
    refused = web.run("deploy", "web", "demo:2")

    assert refused.code == 1, refused.text
    assert "before_switch failed with exit code 3" in refused.text
    assert "no such column: nome" in refused.text
    assert web.served_by() == serving
    assert web.containers() == before

    say(web, before_switch={"command": MIGRATES})
    web.ok("deploy", "web", "demo:2")
    assert web.served_by() != serving


def test_a_migration_that_hangs_is_stopped_at_its_limit(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    serving = web.served_by()
    hangs = python("import time; print('waiting for a lock', flush=True); time.sleep(3600)")
    say(web, before_switch={**hangs, "timeout": "2s"}, stop_grace="1s")
    refused = web.run("deploy", "web", "demo:2")

    assert refused.code == 1, refused.text
    assert "before_switch did not end within its 2 s and was stopped" in refused.text
    assert "waiting for a lock" in refused.text
    assert web.served_by() == serving
    assert beside(web, "job", running=True) == {}


def test_a_rollback_runs_no_job_again(web: Project) -> None:
    volume = {"data": {"path": "/data", "purpose": "marks of runs", "writable": True}}
    count = {"command": ["sh", "-c", MARK]}
    say(web, user="0:0", volumes=volume, before_switch=count, after_switch=count)
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    ran = marks(web)
    assert len(ran) == 4

    web.ok("rollback", "web")
    expect_nothing_to_do(web)
    web.ok("switch", "web")
    expect_nothing_to_do(web)
    assert marks(web) == ran
    lines = docker("exec", next(iter(web.containers().values())), "sh", "-c", "cat /data/before /data/after")
    assert lines.split() == ["x"] * 4


def test_a_job_that_the_stack_file_gains_is_for_releases_to_come(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    say(web, before_switch={"command": MIGRATES})
    web.ok("up")
    web.ok("rollback", "web")

    assert marks(web) == []


def test_after_switch_that_fails_leaves_the_new_release_serving(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    serving = web.served_by()
    say(web, after_switch=python("import sys; print('cache does not answer'); sys.exit(1)"))
    ended = web.run("deploy", "web", "demo:2")

    assert ended.code == 6, ended.text
    assert "after_switch failed with exit code 1" in ended.text
    assert "cache does not answer" in ended.text
    assert web.served_by() != serving

    say(web, after_switch=python("print('purged')"))
    assert "purged" in web.ok("up").text


def test_workers_follow_the_live_release_forth_and_back(web: Project) -> None:
    say(
        web,
        workers={
            "mails": {"command": WORKS, "health": {"kind": "log", "pattern": "worker of", "timeout": "10s"}},
            "alone": {"command": WORKS, "swap": "stop_first", "memory": 32, "stop_grace": "1s"},
        },
    )
    web.ok("deploy", "web", "demo:1")
    assert sorted(beside(web, "worker", running=True).values()) == [image("demo:1")] * 2

    web.ok("prepare", "web", "demo:2")
    assert sorted(beside(web, "worker").values()) == [image("demo:1")] * 2
    web.ok("switch", "web")
    assert sorted(beside(web, "worker", running=True).values()) == [image("demo:2")] * 2
    web.ok("rollback", "web")
    assert sorted(beside(web, "worker", running=True).values()) == [image("demo:1")] * 2
    expect_nothing_to_do(web)


def test_a_worker_that_is_not_ready_fails_the_update_and_the_old_one_works_on(web: Project) -> None:
    say(web, workers={"mails": {"command": WORKS}})
    web.ok("deploy", "web", "demo:1")
    old = beside(web, "worker", running=True)
    crashes = python("import sys; print('no queue'); sys.exit(1)")
    health = {"kind": "log", "pattern": "never said", "timeout": "5s"}
    say(web, workers={"mails": {**crashes, "health": health, "stop_grace": "1s"}})
    ended = web.run("deploy", "web", "demo:2")

    assert ended.code == 6, ended.text
    assert "no queue" in ended.text
    assert old.items() <= beside(web, "worker", running=True).items()


def test_cron_runs_in_the_live_image_when_its_time_comes(web: Project) -> None:
    say(web, cron={"tidy": {**python("print('tidied', flush=True)"), "schedule": "* * * * *"}})
    web.ok("deploy", "web", "demo:1")
    (container,) = beside(web, "cron")
    scheduler = names.scheduler(web.name, "e2e")
    assert 'NetworkMode": "none' in docker("inspect", scheduler)
    assert docker("exec", scheduler, "/jobs/current/bin/tick", "1795413600").endswith("web\ttidy\tstarted\n")
    until(lambda: docker("logs", container) == "tidied\n")

    web.ok("deploy", "web", "demo:2")
    assert list(beside(web, "cron").values()) == [image("demo:2")]
    expect_nothing_to_do(web)
    say(web)
    web.ok("up")
    assert beside(web, "cron") == beside(web, "scheduler") == {}
