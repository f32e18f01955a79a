from __future__ import annotations

import json
from typing import Any

import pytest

from tandem.looks import history

NOTED = {
    "what": "deploy web",
    "user": "ann",
    "host": "laptop",
    "by": "Ann <ann@acme.com>",
    "commit": "1" * 40 + "-dirty",
}


def entry(**more: Any) -> history.Entry:
    (found,) = history.joined(["receipt " + json.dumps({"app": "web", "id": "1", "at": "2026-10-01", **more})])
    return found


def test_a_move_has_its_author_commit_command_and_run() -> None:
    said = entry(kind="switch", noted={**NOTED, "run": "https://ci.example/7"})

    assert (said["by"], said["commit"]) == ("Ann <ann@acme.com>", "1" * 40 + "-dirty")
    assert (said["command"], said["run"]) == ("deploy web", "https://ci.example/7")


@pytest.mark.parametrize(
    ("receipt", "who"),
    [
        ({"kind": "switch", "noted": NOTED}, "Ann"),
        ({"kind": "switch", "noted": None}, "pulumi up"),
        ({"kind": "canary", "noted": None}, "pulumi up"),
        ({"kind": "back", "noted": None}, "the host"),
        ({"kind": "pardon", "who": "root", "noted": None}, "root"),
        ({"kind": "switch"}, "-"),
    ],
)
def test_the_table_says_who(receipt: dict[str, Any], who: str) -> None:
    assert history.who(entry(**receipt)) == who


def test_the_table_has_the_commit_in_short_with_its_mark() -> None:
    header, row = history.lines([entry(kind="switch", release="green-1", noted=NOTED)])

    assert header.split()[:3] == ["WHEN", "WHO", "COMMIT"]
    assert row.split()[:3] == ["2026-10-01", "Ann", "1111111111-dirty"]


def test_a_page_has_a_table_for_each_move_and_says_what_is_unknown() -> None:
    run = "https://ci.example/7"
    said = {
        **entry(kind="switch", release="green-1a2b3c4d", image="acme/a|b:1", ready_ms=370, noted={**NOTED, "run": run}),
        "ledger": {"verdict": "good", "before": {"requests": 9}, "failed_at_gateway": 0, "unknown": ["no log"]},
    }
    page = history.markdown([said])

    assert page.startswith("### web: green-1a2b3c4d (switch)\n\n| | |\n|---|---|\n")
    assert "\n| ready in | 370 ms |\n" in page
    assert "\n| image | acme/a&#124;b:1 |\n" in page
    assert f"\n| run | {run} |\n" in page
    assert "\n| requests before/during/after | 9/-/- |\n" in page
    assert page.endswith("\n\n- web 2026-10-01: unknown: no log\n")
    assert history.markdown([]) == "Nothing was moved."


def test_a_run_has_its_own_moves_only() -> None:
    mine = entry(noted={**NOTED, "run": "https://ci.example/7"})

    assert history.of_run([mine, entry(noted=NOTED)], "https://ci.example/7") == [mine]
    assert history.of_run([entry(noted=NOTED)], "") == []
