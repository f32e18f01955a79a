from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from config import names
from tandem.cloud import downtime
from tandem.cloud.effects import INSTANCE
from tandem.engines import Difference, OnEvent, Result, Step
from tests.unit.tandem.fakes import Bench

STOPPED: dict[str, Difference] = {"machineType": "update", "allowStoppingForUpdate": "update"}


class Engine:
    """Notes what each run was told about stopping; `diffs` are what the machine undergoes, run by run."""

    def __init__(self, diffs: Sequence[dict[str, Difference]]) -> None:
        self.diffs = [*diffs]
        self.told: list[str | None] = []

    def up(self, _on_event: OnEvent) -> Result:
        self.told.append(os.environ.get(names.ENV_ALLOW_DOWNTIME))
        diff = self.diffs[len(self.told) - 1]
        step = Step("update" if diff else "same", INSTANCE, "host-machine", "urn:m", {}, diff)
        return Result({"update": 1} if diff else {"same": 1}, {"run": len(self.told)}, 1.0, plan=(step,))


def run(bench: Bench, *diffs: dict[str, Difference], allow: bool) -> tuple[Engine, Result]:
    engine = Engine(diffs)
    bench.__dict__["engine"] = engine
    with downtime.permitted(allow):
        result = downtime.runner(bench)(lambda _event: None)
    return engine, result


@pytest.fixture(autouse=True)
def not_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(names.ENV_ALLOW_DOWNTIME, raising=False)


def test_without_the_word_there_is_one_run_that_may_not_stop_the_machine(bench: Bench) -> None:
    engine, _ = run(bench, {}, allow=False)

    assert engine.told == [None]


def test_with_the_word_a_second_run_takes_it_back(bench: Bench) -> None:
    engine, result = run(bench, STOPPED, {"allowStoppingForUpdate": "update"}, allow=True)

    assert engine.told == ["1", "0"]
    assert result.counts == {"update": 1}
    assert result.outputs == {"run": 2}
    assert result.seconds == 2.0
    assert "waiting until it answers" in bench.out.getvalue()


def test_a_machine_that_was_not_stopped_is_not_waited_for(bench: Bench) -> None:
    engine, _ = run(bench, {"allowStoppingForUpdate": "update"}, {}, allow=True)

    assert engine.told == ["1", "0"]
    assert "waiting" not in bench.out.getvalue()


def test_a_stack_without_such_a_machine_runs_once(bench: Bench) -> None:
    engine, _ = run(bench, {}, allow=True)

    assert engine.told == ["1"]


def test_the_word_holds_for_its_command_only(bench: Bench) -> None:
    run(bench, STOPPED, {}, allow=True)

    assert names.ENV_ALLOW_DOWNTIME not in os.environ
