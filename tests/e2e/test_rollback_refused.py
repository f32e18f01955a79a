"""The way back while the stack may not be updated, because of something that has nothing to do with the app."""

from __future__ import annotations

import subprocess

from tandem.exits import BUSY, OK, PENDING, REFUSED, USAGE
from tests.e2e.project import Project, until


def switched(web: Project) -> tuple[str, str]:
    """Two deploys: the release that serves, and the one that stands by."""
    web.ok("deploy", "web", "demo:1")
    (standby,) = web.containers()
    web.ok("deploy", "web", "demo:2")
    return web.served_by()[1], standby


def test_a_mistake_of_another_app_does_not_keep_the_traffic_from_going_back(web: Project) -> None:
    live, standby = switched(web)
    right = web.file.read_text()
    wrong = right.replace("tandem:apps:\n", "tandem:apps:\n    other: {prot: 8000}\n")
    web.file.write_text(wrong)

    rehearsed = web.run("rollback", "web", "--dry-run")
    assert (rehearsed.code, web.served_by()) == (USAGE, (200, live))

    back = web.run("rollback", "web")
    assert back.code == PENDING, back.text
    assert "apps.other.prot" in back.text
    assert "so the traffic goes back on the host alone" in back.text
    assert f"{standby} serves again, {live} is barred" in back.text
    assert web.served_by() == (200, standby)
    assert web.file.read_text() == wrong

    again = web.run("rollback", "web")
    assert (again.code, web.served_by()) == (REFUSED, (200, standby))

    web.file.write_text(right)
    web.ok("up")
    assert web.served_by() == (200, standby)
    assert web.status()["phase"] == "prepared"
    assert web.run("drift").code == OK


def test_while_another_command_is_at_work_the_way_on_the_host_alone_is_named(web: Project) -> None:
    _, standby = switched(web)
    slow = subprocess.Popen(web.command("deploy", "web", "demo:sick"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until(lambda: len(web.containers()) > 2 or slow.poll() is not None, 60)
        refused = web.run("rollback", "web")
        at_once = web.run("rollback", "web", "--now")
    finally:
        slow.communicate(timeout=120)

    assert refused.code == BUSY, refused.text
    assert "next: tandem rollback --now web moves the traffic on the host alone" in refused.text
    assert at_once.code == OK, at_once.text
    assert web.served_by() == (200, standby)
