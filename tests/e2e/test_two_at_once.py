"""Two deploys of one app at once, because somebody removed the locks that keep the second one out."""

from __future__ import annotations

import json
import shutil
import subprocess

from config import names
from tandem.exits import BUSY, OK
from tests import load
from tests.e2e.project import APP, Project, docker, until, write_stack_file

HELD = "trap 'exit 0' TERM; sleep 120 & wait"
"""A migration that goes on until the test ends it: meanwhile the deploy is under way."""


def start(web: Project, image: str) -> subprocess.Popen[str]:
    command = web.command("deploy", "web", image)
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = running.communicate(timeout=240)
    return running.returncode, said


def migrations(web: Project) -> list[str]:
    mine = [f"label={names.LABEL_PROJECT}={web.name}", f"label={names.LABEL_ROLE}=job"]
    return docker("ps", "--quiet", *(word for one in mine for word in ("--filter", one))).split()


def deploying(web: Project) -> subprocess.Popen[str]:
    """demo:1 serves, and the deploy of demo:2 is held half-way."""
    web.ok("deploy", "web", "demo:1")
    held = {**APP, "domains": ["web.localhost"], "before_switch": {"command": ["sh", "-c", HELD]}}
    rollouts = web.file.read_text().partition("  tandem:rollouts:")
    write_stack_file(web, {"web": held})
    web.file.write_text(web.file.read_text() + "".join(rollouts[1:]))
    first = start(web, "demo:2")
    until(lambda: len(migrations(web)) == 1, 120)
    return first


def without_the_locks_of_the_command(web: Project) -> None:
    (web.host_directory.parent / "command.lock").unlink()
    (web.host_directory / names.HOST_LOCK).unlink()


def without_any_lock(web: Project) -> None:
    without_the_locks_of_the_command(web)
    (web.host_directory.parent / "lock").unlink(missing_ok=True)
    shutil.rmtree(web.host_directory.parent / "pulumi" / ".pulumi" / "locks", ignore_errors=True)


def test_without_the_locks_of_the_command_the_engines_own_keeps_the_second_one_out(web: Project) -> None:
    first = deploying(web)
    with load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.05) as seen:
        without_the_locks_of_the_command(web)
        refused, why = ended(start(web, "demo:3"))
        docker("kill", "--signal", "TERM", *migrations(web))
        code, said = ended(first)

    assert (refused, "is at work on this stack; nothing was changed" in why) == (BUSY, True), why
    assert code == OK, said
    assert seen.lost == 0, str(seen)
    is_whole(web)


def test_with_no_lock_at_all_nothing_is_lost_and_up_makes_it_whole(web: Project) -> None:
    first = deploying(web)
    with load.background(web.port, header="web.localhost", clients=4, fresh=1, think=0.05) as seen:
        (earlier,) = migrations(web)
        without_any_lock(web)
        second = start(web, "demo:3")
        until(lambda: len(migrations(web)) == 2, 120)
        (later,) = set(migrations(web)) - {earlier}
        for migration, one in ((earlier, first), (later, second)):
            docker("kill", "--signal", "TERM", migration)  # not cut off by the other's end
            ended(one)
        web.ok("up")
        left = [line.split()[1] for line in drift(web) if "runs, and nobody knows it" in line]
        for container in left:
            docker("rm", "--force", container)
        is_whole(web)

    assert seen.lost == 0, str(seen)


def drift(web: Project) -> list[str]:
    found: list[str] = json.loads(web.run("drift", "--json").out)["notes"]
    return found


def is_whole(web: Project) -> None:
    """One `up` at most away from what the file says, with nothing beside it, and deploying on."""
    web.ok("up")
    assert web.run("drift").code == OK
    status = web.status()
    live = web.served_by()
    assert live[0] == 200
    assert live[1].partition("-")[0] == status["live"]
    assert len(web.containers()) == len(web.containers(stopped=False)) == 2
    web.ok("rollback", "web")
    assert web.run("drift").code == OK
