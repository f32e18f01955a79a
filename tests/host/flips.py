"""What the host keeps about flips: the newest watch, ledgers, records. And a load that a watch can judge by."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from tests import load
from tests.host.stage import Stage, until


def watch(stage: Stage, app: str = "web") -> dict[str, Any]:
    """The newest watch, as host/serving tells it."""
    told: dict[str, Any] = stage.serving()[app]["watch"]
    return told


def await_verdict(stage: Stage, *verdicts: str, app: str = "web") -> dict[str, Any]:
    """Poll until the newest watch has one of these verdicts."""
    until(lambda: watch(stage, app)["verdict"] in {*verdicts, "good", "bad", "superseded"}, seconds=40)
    told = watch(stage, app)
    assert told["verdict"] in verdicts, told
    return told


def record(stage: Stage, identity: str, app: str = "web") -> dict[str, str]:
    """A flip's record: the last value of every key."""
    lines = (stage.directory / "state" / "flips" / f"{app}.{identity}").read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines)


def ledgers(stage: Stage, app: str = "web") -> dict[str, dict[str, Any]]:
    """Every ledger by the id of its flip."""
    file = stage.directory / "state" / f"{app}.ledgers.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return {parsed["id"]: parsed for parsed in map(json.loads, lines)}


def await_ledger(stage: Stage, identity: str, app: str = "web") -> dict[str, Any]:
    """Poll until that flip's ledger is written."""
    until(lambda: identity in ledgers(stage, app), seconds=40)
    return ledgers(stage, app)[identity]


def visitors(stage: Stage, *, each_second: int = 200) -> AbstractContextManager[load.Tally]:
    """POSTs to `web` at about that rate, most of them on kept connections."""
    return load.background(stage.port, header="web.localhost", clients=16, fresh=4, think=20 / each_second)


def warm_up(stage: Stage, count: int = 320) -> None:
    """So many good requests for the release that serves: enough to measure the next one by."""
    with visitors(stage, each_second=1000) as seen:
        until(lambda: seen.requests >= count)


def requests(stage: Stage, **equal: str) -> list[list[str]]:
    """Lines of the request log, old files first, whose named fields are these."""
    names = "msec app release status by took header complete pid sent length method upgrade".split()
    files = [
        *(stage.directory / "log" / f"requests.tsv.{n}" for n in (4, 3, 2, 1)),
        stage.directory / "log/requests.tsv",
    ]
    lines = [line.split("\t") for file in files if file.exists() for line in file.read_text().splitlines()]
    return [line for line in lines if all(line[names.index(name)] == value for name, value in equal.items())]
