"""`tandem drift` on both engines: what somebody did to the host by hand is found, named, and put back by `up`."""

from __future__ import annotations

import json
from typing import Any

from tandem.exits import DRIFTED, OK
from tests.e2e.project import Project, docker


def drift(web: Project) -> dict[str, Any]:
    """The JSON document; its exit code is the command's."""
    ran = web.run("drift", "--json")
    said: dict[str, Any] = json.loads(ran.out)
    assert said["exit"] == ran.code, ran.text
    assert said["engine"] == web.engine
    return said


def changes(said: dict[str, Any]) -> dict[str, str]:
    """Resource → what `up` would do to it, without the commands that follow a new container's name."""
    return {one["name"]: one["operation"] for one in said["changes"] if not one["type"].startswith("command:")}


def is_as_its_file_says(web: Project) -> bool:
    said = drift(web)
    return (said["exit"], said["changes"], said["notes"]) == (OK, [], [])


def switched(web: Project) -> tuple[str, str]:
    """Two deploys: the release that serves, and the one that stands by."""
    web.ok("deploy", "web", "demo:1")
    (standby,) = web.containers()
    web.ok("deploy", "web", "demo:2")
    assert is_as_its_file_says(web)
    return web.served_by()[1], standby


def test_containers_removed_by_hand_are_missed_and_up_makes_them_anew(web: Project) -> None:
    live, standby = switched(web)

    docker("rm", "--force", web.containers()[standby])
    missed = drift(web)
    assert (missed["exit"], changes(missed), missed["notes"]) == (DRIFTED, {f"web-{standby}": "create"}, [])
    assert f"web-{standby} is gone from Docker although the stack runs it" in web.ok("up").text
    assert web.served_by() == (200, live)

    docker("rm", "--force", web.containers()[live])
    missed = drift(web)
    assert (missed["exit"], changes(missed)) == (DRIFTED, {f"web-{live}": "create"})
    assert missed["notes"] == [f"web: {live} serves, and its container is gone"]
    web.ok("up")
    assert web.served_by() == (200, live)
    assert set(web.containers(stopped=False)) == {live, standby}

    docker("rm", "--force", web.gateway)
    assert changes(drift(web)) == {"gateway": "create"}
    web.ok("up")
    assert web.served_by() == (200, live)
    assert is_as_its_file_says(web)


def test_a_way_back_that_was_removed_by_hand_is_made_anew_by_the_rollback_to_it(web: Project) -> None:
    _, standby = switched(web)
    docker("rm", "--force", web.containers()[standby])
    web.ok("rollback", "web")

    assert web.served_by() == (200, standby)
    assert is_as_its_file_says(web)


def test_a_container_that_was_exchanged_or_changed_by_hand_is_no_container_of_the_stack(web: Project) -> None:
    live, standby = switched(web)
    theirs = web.containers()[standby]
    name = docker("inspect", "--format", "{{.Name}}", theirs).strip().removeprefix("/")
    labels = json.loads(docker("inspect", "--format", "{{json .Config.Labels}}", theirs))
    docker("rm", "--force", theirs)
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    network = ["--network", f"{web.name}-e2e"]
    docker("run", "--detach", "--name", name, *words, *network, "--env", "PORT=9000", "demo:3")
    docker("update", "--memory", "128m", "--memory-swap", "128m", web.containers()[live])

    found = drift(web)
    assert (found["exit"], changes(found)) == (DRIFTED, {f"web-{standby}": "create", f"web-{live}": "update"})
    asked = next(one["properties"] for one in found["changes"] if one["name"] == f"web-{live}")
    assert set(asked) == {"memory", "memorySwap"}
    web.ok("up", "--refresh")
    assert docker("inspect", "--format", "{{.HostConfig.Memory}}", web.containers()[live]).strip() == str(96 << 20)
    assert web.served_by() == (200, live)
    web.ok("rollback", "web")
    assert web.served_by() == (200, standby)
    assert is_as_its_file_says(web)


def test_files_of_the_gateway_that_were_edited_on_the_host_are_named_and_installed_anew(web: Project) -> None:
    live, _ = switched(web)
    file = web.host_directory / "gateway" / "current" / "apps" / "web.conf"
    ours = file.read_text()
    file.write_text(f"{ours}# by hand\n")

    page = web.directory / "drift.md"
    found = web.run("drift", "--markdown", "--output", str(page))
    assert found.code == DRIFTED, found.text
    assert page.read_text() == found.out
    assert found.out.splitlines()[:2] == [
        f"<!-- tandem drift: {web.name}/e2e -->",
        f"`{web.name}/e2e` is not as its file says; next: `tandem up --refresh`",
    ]
    assert "- gateway: edited by hand on the host: apps/web.conf" in found.out
    assert "`files-gateway`" in found.out

    web.ok("up", "--refresh")
    assert file.read_text() == ours
    assert web.served_by() == (200, live)
    assert is_as_its_file_says(web)


def test_traffic_that_somebody_sent_elsewhere_is_told(web: Project) -> None:
    live, standby = switched(web)
    file = web.host_directory / "gateway" / "live" / "web.conf"
    ours = file.read_text()
    file.write_text(ours.replace(f"$web_gen {{ * {live}; }}", f"$web_gen {{ * {standby}; }}"))
    told = drift(web)
    assert told["exit"] == DRIFTED
    assert told["notes"] == [f"web: the host serves {standby}, the file says green; up follows the file"]

    file.write_text("nonsense\n")
    (told,) = drift(web)["notes"]
    assert told.startswith("web: nothing serves, by gateway/live/web.conf on the host.")
    file.write_text(ours)
    assert is_as_its_file_says(web)
