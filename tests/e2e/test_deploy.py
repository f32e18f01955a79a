"""Deploy, rollback, finalize: what serves, what is lost (nothing), what stays as it was."""

from __future__ import annotations

import itertools

from tests import load
from tests.e2e.project import APP, Project, docker, until, write_stack_file

WEB = {"web": {**APP, "domains": ["web.localhost"]}}


def test_nothing_is_lost_in_twelve_moves_under_load(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    moves = [
        ("deploy", "web", "demo:2"),
        ("rollback", "web"),
        ("switch", "web"),
        ("finalize", "web"),
        ("prepare", "web", "demo:3"),
        ("cancel", "web"),
        ("prepare", "web", "demo:1"),
        ("switch", "web"),
        ("deploy", "web", "demo:2"),
        ("rollback", "web"),
        ("cancel", "web"),
        ("deploy", "web", "demo:3", "--finalize"),
    ]
    with load.background(web.port, header="web.localhost", clients=16, fresh=4, think=0.01) as seen:
        for move in moves:
            web.ok(*move)

    assert seen.lost == 0, str(seen)
    assert len(seen.release) >= 3, str(seen)
    assert seen.requests > 1000


def test_a_rollback_brings_back_the_very_container_that_served(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    before = web.containers()
    web.ok("deploy", "web", "demo:2")
    web.ok("rollback", "web")
    ((release, container),) = before.items()

    assert web.containers()[release] == container
    assert web.served_by() == (200, release)


def test_an_up_without_a_change_changes_nothing(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    again = web.ok("up", "--json").summary["summary"]

    assert {operation: again.get(operation, 0) for operation in ("create", "update", "delete", "replace")} == {
        "create": 0, "update": 0, "delete": 0, "replace": 0,
    }  # fmt: skip
    assert again["same"] > 0


def test_an_edit_while_switched_touches_the_live_release_only(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    status = web.status()
    standby = next(status[colour] for colour in ("blue", "green") if colour != status["live"])
    held = {release: identity for release, identity in web.containers().items() if release != status["release"]}

    edited = web.file.read_text().replace('"memory": 96', '"memory": 112')
    web.file.write_text(edited)
    web.ok("up")

    assert held.items() <= web.containers().items()
    assert web.status()["release"] != status["release"]
    assert next(web.status()[colour] for colour in ("blue", "green") if colour != status["live"]) == standby
    web.ok("rollback", "web")
    assert web.served_by() == (200, next(iter(held)))


def test_a_bad_image_is_refused_and_the_next_up_touches_only_its_container(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    kept = web.file.read_bytes()
    serving = web.served_by()
    for image, word in (("demo:crash", "exited"), ("demo:sick", "not ready")):
        refused = web.run("deploy", "web", image)

        assert refused.code == 1, refused.text
        assert word in refused.text
        assert "Traceback" not in refused.text
        assert web.served_by() == serving
        assert web.file.read_bytes() == kept

        counts = web.ok("up", "--json").summary["summary"]
        assert counts["create"] == 0
        assert len(web.containers()) == 1
        assert web.served_by() == serving


def test_two_apps_in_one_update_and_only_the_good_one_moves(web: Project) -> None:
    write_stack_file(web, {name: {**APP, "domains": [f"{name}.localhost"]} for name in ("web", "admin")})
    web.ok("deploy", "web=demo:1", "admin=demo:1")
    admin = web.served_by("admin")
    refused = web.run("deploy", "web=demo:2", "admin=demo:crash")

    assert refused.code != 0
    assert web.served_by("admin") == admin
    assert web.status("admin")["live"] == admin[1].split("-")[0]
    for app in ("web", "admin"):
        assert web.served_by(app)[1] == web.status(app)["release"]
    web.ok("up")
    assert web.served_by("admin") == admin


def test_a_file_reverted_by_hand_deletes_nothing_that_serves(web: Project) -> None:
    """Another checkout, a reverted commit: the file says less than the host serves."""
    empty = web.file.read_bytes()
    web.ok("deploy", "web", "demo:1")
    one = web.file.read_bytes()
    web.ok("deploy", "web", "demo:2")
    two = web.file.read_bytes()

    web.file.write_bytes(one)
    web.ok("up")
    assert web.served_by()[0] == 200

    serving = web.served_by()
    web.file.write_bytes(empty)
    refused = web.run("up")
    assert refused.code == 1, refused.text
    assert "tandem close web" in refused.text
    assert web.served_by() == serving
    assert len(web.containers()) == 1

    write_stack_file(web, {"other": {**APP, "domains": ["other.localhost"]}})
    refused = web.run("up")
    assert refused.code == 1, refused.text
    assert web.served_by() == serving

    web.file.write_bytes(two)
    web.ok("up")
    assert web.served_by()[0] == 200


def test_destroy_leaves_nothing_behind(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    web.ok("destroy", "--yes")

    assert web.containers() == {}
    assert not list(itertools.islice(web.host_directory.glob("gateway/live/*.conf"), 1))


def test_an_up_starts_again_what_was_stopped_by_hand(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    (release, container) = next(iter(web.containers().items()))
    docker("stop", "--time", "1", container, web.gateway)
    web.ok("up")

    assert web.containers() == {release: container}
    until(lambda: web.served_by() == (200, release))
