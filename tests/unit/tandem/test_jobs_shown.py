"""What the command makes of jobs: their log below their step, and strays of killed runs found by name."""

from __future__ import annotations

from dataclasses import replace

from tandem.docker import Container
from tandem.engines import Operation, StepDone
from tandem.moves.sweep import strays
from tandem.says.progress import plain_line


def step(name: str, detail: str, operation: Operation = "create") -> StepDone:
    return StepDone(operation, "command:local:Command", name, f"urn::{name}", 1.5, detail)


def test_the_log_of_a_job_is_set_in_below_its_step() -> None:
    assert plain_line(step("before-web-green-1a2b3c4d", "Applying 0042_nome...\nOK")) == (
        "  + before-web-green-1a2b3c4d (1.50 s)\n    Applying 0042_nome...\n    OK"
    )


def test_what_other_commands_wrote_is_not_shown() -> None:
    assert plain_line(step("switch-web", '{"moved":true}', "update")) == "  ~ switch-web (1.50 s)"


def box(name: str, role: str, app: str = "web") -> Container:
    return Container(id=name, name=name, state="created", role=role, app=app)


def test_containers_of_jobs_that_the_stack_does_not_know_are_a_killed_runs() -> None:
    boxes = [
        box("job-web-before-green-1a2b3c4d-0000001", "job"),
        box("job-web-before-green-1a2b3c4d-0000002", "job"),
        box("web-mails-99999999-0000003", "worker"),
        box("web-green-1a2b3c4d-0000004", "app"),
        box("cron-shop-tidy-99999999-0000005", "cron", "shop"),
    ]

    assert [stray.name for stray in strays(boxes, {"web": ["job-web-before-green-1a2b3c4d-0000002"]})] == [
        "job-web-before-green-1a2b3c4d-0000001",
        "web-mails-99999999-0000003",
    ]


def test_a_job_that_runs_still_is_let_to_its_end() -> None:
    boxes = [replace(box("job-web-before-green-1a2b3c4d-0000001", "job"), state="running")]
    assert strays(boxes, {"web": []}) == []
