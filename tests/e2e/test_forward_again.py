"""After a flip on the host alone the engine's own notes are older than the traffic: forward again must move it."""

from __future__ import annotations

import json

from tests.e2e.project import Project


def test_a_switch_after_a_rollback_at_once_moves_the_traffic_again(web: Project) -> None:
    web.ok("deploy", "web", "demo:1")
    web.ok("deploy", "web", "demo:2")
    new = web.served_by()
    web.ok("rollback", "web", "--now")
    assert web.served_by() != new
    web.ok("switch", "web", "--force", "it was not the release's fault")

    assert web.served_by() == new
    assert json.loads(web.ok("status", "--json").out)["differences"] == []
