"""Who deployed what from which commit: beside the receipt, in the history and the outputs, and no input of anything."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.project import Project

ANN = {"TANDEM_BY": 'Ann "Ö" <ann@acme.com>', "TANDEM_COMMIT": "1a2b3c4d-dirty", "TANDEM_RUN": "https://ci.example/7"}
BOB = {"TANDEM_BY": "bob", "TANDEM_COMMIT": "5e6f7a8b"}


def test_every_move_says_who_asked_and_an_update_by_another_person_changes_nothing(web: Project) -> None:
    assert web.run("deploy", "web", "demo:1", env=ANN).code == 0
    again = web.run("up", "--json", env=BOB)
    assert again.code == 0
    assert {name: count for name, count in again.summary["summary"].items() if count and name != "same"} == {}

    assert web.run("deploy", "web", "demo:2", env=BOB).code == 0
    assert web.run("rollback", "web", "--now", env=ANN).code == 0

    told = [(one["by"], one["commit"], one["command"], one["run"]) for one in history(web)]
    assert told == [
        (ANN["TANDEM_BY"], "1a2b3c4d-dirty", "rollback --now web", ANN["TANDEM_RUN"]),
        ("bob", "5e6f7a8b", "deploy web", None),
        (ANN["TANDEM_BY"], "1a2b3c4d-dirty", "deploy web", ANN["TANDEM_RUN"]),
    ]
    said = json.loads(web.ok("outputs", "--format", "json").out)
    assert said["apps"]["web"]["deployed"]["command"] == "rollback --now web"
    assert said["live"]["web"] == said["apps"]["web"]["live"] == web.served_by()[1]
    meant = json.loads(web.ok("outputs", "--format", "json", "--intent").out)
    assert meant["receipts"]["web"]["noted"]["by"] == "bob"
    assert meant["live"]["web"] != said["live"]["web"], "the host has moved by itself"


def history(web: Project) -> list[dict[str, Any]]:
    return [json.loads(line) for line in web.ok("history", "web", "--json").out.splitlines()]
