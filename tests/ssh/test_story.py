"""The stories of this machine's own Docker, told on a machine behind SSH: the same sentences, the same assertions."""

from __future__ import annotations

from tests import load
from tests.e2e.test_authors import test_every_move_says_who_asked_and_an_update_by_another_person_changes_nothing
from tests.e2e.test_deploy import (
    test_a_bad_image_is_refused_and_the_next_up_touches_only_its_container,
    test_a_rollback_brings_back_the_very_container_that_served,
    test_an_up_without_a_change_changes_nothing,
    test_nothing_is_lost_in_twelve_moves_under_load,
)
from tests.machine.fixtures import a_machine, only_in_full
from tests.machine.image import Kind
from tests.ssh import moves
from tests.ssh.conftest import IMAGES
from tests.ssh.project import SshProject

__all__ = [
    "test_a_bad_image_is_refused_and_the_next_up_touches_only_its_container",
    "test_a_rollback_brings_back_the_very_container_that_served",
    "test_an_up_without_a_change_changes_nothing",
    "test_every_move_says_who_asked_and_an_update_by_another_person_changes_nothing",
    "test_nothing_is_lost_in_twelve_moves_under_load",
]


def test_canary_emergency_and_end_under_load(web: SshProject) -> None:
    web.ok("deploy", "web", "demo:1")
    with load.background(web.port, header="web.localhost", clients=8, fresh=2, think=0.01) as seen:
        web.ok("prepare", "web", "demo:2")
        web.ok("canary", "web", "30")
        web.ok("switch", "web")
        first = web.served_by()
        web.ok("rollback", "web", "--now")
        back = web.served_by()
        web.ok("up")
        web.ok("status")
        web.ok("history", "web")
        web.ok("cancel", "web")

    assert first[0] == back[0] == 200
    assert first[1] != back[1]
    assert seen.lost == 0, str(seen)
    web.ok("close", "web", "--yes")
    web.ok("destroy", "--yes")
    assert web.machine.sh(f"docker ps -aq; ls -d /var/lib/tandem/{web.name}-* 2>/dev/null || true") == ""


@only_in_full
def test_nothing_is_lost_in_moves_of_all_kinds_on_a_debian_13(engine: str, swept: None) -> None:
    with a_machine(Kind("trixie")) as machine:
        machine.load(*IMAGES)
        seen = moves.run(machine, engine, requests=1)

    assert seen.lost == 0, str(seen)
    assert seen.requests > 1000
