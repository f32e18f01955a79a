"""Some cells of the fault table on this machine's own Docker; `make faults` runs them all, in a Docker that may die."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.project import APP, docker, project, until
from tests.faults import cell, page, table
from tests.faults.kinds import FAULTS, Scene
from tests.faults.prober import Prober
from tests.faults.steps import STEPS, announced

CELLS = (
    ("client", "weights"),
    ("engine", "reloaded"),
    ("candidate", "ready"),
    ("nginx", "tested"),
    ("registry", "deploy"),
)

HEALTH = {"kind": "http", "path": "/healthz", "timeout": "30s"}

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted({name for name, _ in CELLS}))
def test_a_fault_in_the_middle_of_a_deploy_leaves_no_red_cell(name: str, tmp_path: Path) -> None:
    if name in ("candidate", "nginx") and os.geteuid() != 0:
        pytest.skip("only root may kill the process of a container")
    ran = [
        one
        for step in (step for fault, step in CELLS if fault == name)
        for one in table.row(FAULTS[name], "offline", [step], None, tmp_path, lambda _: None)
    ]
    assert ran
    assert [(one.name, one.trouble) for one in ran if one.trouble] == [], (tmp_path / "journal.jsonl").read_text()


@pytest.mark.timeout(300)
def test_a_switch_that_outlives_its_script_is_followed_by_the_next_up(tmp_path: Path) -> None:
    """A connection breaks while the candidate boots: the command fails, and the gateway moves the traffic later."""
    app = {**APP, "domains": ["web.localhost"], "health": HEALTH, "env": {"DEMO_BOOT_SECONDS": "8"}}
    with project(tmp_path, engine="offline", apps={"web": app}) as web:
        web.ok("deploy", "web", "demo:1")
        before = web.served_by()
        with announced(web.host_directory / "gateway" / "state") as steps:
            command, nowhere = web.command("deploy", "web", "demo:2"), subprocess.DEVNULL
            deploy = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, text=True)
            scene = Scene(web, deploy, frozenset(web.containers()), None)
            steps.arm("known-live", lambda: FAULTS["script"].strike(scene))
            assert deploy.wait(120) != 0
            until(lambda: web.served_by() != before, seconds=60)

        web.ok("up")
        assert json.loads(web.ok("status", "--json").out)["differences"] == []
        assert web.served_by() == (200, web.status()["release"])


@pytest.mark.timeout(300)
def test_a_deploy_that_the_gateways_death_broke_twice_succeeds_the_third_time(tmp_path: Path) -> None:
    app = {**APP, "domains": ["web.localhost"]}
    with project(tmp_path, engine="offline", apps={"web": app}) as web:
        web.ok("deploy", "web", "demo:1")

        def die() -> None:
            docker("restart", "--time", "0", web.gateway)

        with announced(web.host_directory / "gateway" / "state") as steps:
            for _ in range(2):
                steps.arm("known-live", die)
                assert web.run("deploy", "web", "demo:2").code != 0
                assert steps.trouble is None
                web.ok("up")
        web.ok("deploy", "web", "demo:2")
        assert web.served_by() == (200, web.status()["release"])


def test_every_fault_has_cells_at_every_step_or_none_at_all() -> None:
    for fault in FAULTS.values():
        steps = table.steps_of(fault)
        assert len(steps) == len(set(steps))
        assert fault.whole or set(STEPS) <= set(steps)


def seen(*answers: tuple[float, str]) -> Prober:
    prober = Prober(0)
    for settled, said in answers:
        prober.note(settled, said)
    return prober


def test_what_is_lost_after_a_release_answered_again_is_not_the_dead_process_s_fault() -> None:
    prober = seen((1.0, "200 blue-1"), (5.0, "nobody"), (5.4, "503 gateway"), (6.0, "200 blue-1"))

    assert prober.back(since=5.0) == 6.0
    assert prober.back(since=7.0) == 7.0
    assert seen((1.0, "200 blue-1"), (5.0, "500 blue-1")).back(since=4.0) == 4.0


def test_an_answer_of_an_old_worker_between_two_of_none_is_no_recovery() -> None:
    answers = [
        (1.0, "200 green-1"),
        (5.1, "503 gateway"),
        (5.2, "200 green-1"),
        (5.25, "503 gateway"),
        (6.3, "200 blue-2"),
    ]

    assert seen(*answers).back(since=5.0) == 6.3


def test_one_answer_before_a_question_that_hangs_is_no_recovery() -> None:
    answers = [(5.18, "503 gateway"), (5.23, "200 green-1"), (6.28, "nobody"), (6.33, "200 blue-2")]

    assert seen((1.0, "200 green-1"), *answers).back(since=5.0) == 6.33


def test_an_outage_lasts_from_the_last_answer_of_a_release_to_the_next_one_that_came() -> None:
    answers = [(4.9, "200 blue-1"), (5.1, "200 blue-1"), (5.2, "nobody"), (5.9, "503 "), (6.3, "200 blue-1")]

    assert seen(*answers).outage(since=5.0) == 1.2
    assert seen(*answers[:-1]).outage(since=5.0) == 0.8
    assert seen(*answers).outage(since=6.1) == 0.0
    assert seen((4.9, "200 blue-1"), (5.5, "200 green-2")).outage(since=5.0) == 0.0


def test_the_page_names_every_step_and_links_each_cell_to_its_load_and_its_line() -> None:
    green = cell.Cell("client", "weights", "offline", ["deploy"], exit_code=-9, requests=7, up_code=0)
    red = cell.Cell(
        "nginx", "ready", "offline", ["deploy"], exit_code=1, up_code=1, trouble=["the next up ended with 1"]
    )
    text = "\n".join(page.lines([(1, green), (2, red)]))

    assert all(f"| {step} |" in text for step in STEPS)
    assert "load/client-weights-offline.json" in text
    assert "journal.jsonl#L2" in text
    assert "2 cells, 1 red; 7 requests." in text
    assert "**red**: the next up ended with 1" in text
