"""`tandem preview` asks the gate and the policy, and its exit code says what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from config import names
from tandem.cloud.downtime import permitted
from tandem.cloud.effects import DISK, INSTANCE
from tandem.engines import Step, StepFailed
from tandem.exits import FAILED, OK, REFUSED, FailedRun
from tandem.moves import update
from tests.unit.policy.sound import MACHINE
from tests.unit.tandem.fakes import Bench
from tests.unit.tandem.test_cli import Terminal, terminal

__all__ = ["terminal"]

STOP = Step("update", INSTANCE, "host-machine", "urn:m::host-machine", MACHINE.inputs, {"machineType": "update"})
REPLACED = Step("replace", DISK, "host-data", "urn:d::host-data", {}, {"type": "replace"})
OPEN_PORT = Step(
    "same",
    "docker:index/container:Container",
    "web-green-1a2b3c4d",
    "urn:c::web",
    {
        "destroyGraceSeconds": 10,
        "memory": 64,
        "memorySwap": 64,
        "capabilities": {"drops": ["ALL"]},
        "securityOpts": ["no-new-privileges:true"],
        "ports": [{"internal": 8000}],
    },
)


def preview(bench: Bench, *plan: Step, allow: Sequence[str] = (), refuses: Sequence[StepFailed] = ()) -> Bench:
    bench.fake_engine.plan = plan
    bench.fake_engine.refuses = tuple(refuses)
    update.preview(bench, allow)
    return bench


def refusal(bench: Bench, *plan: Step, allow: Sequence[str] = (), refuses: Sequence[StepFailed] = ()) -> FailedRun:
    with pytest.raises(FailedRun) as stopped:
        preview(bench, *plan, allow=allow, refuses=refuses)
    return stopped.value


def protects(step: Step) -> StepFailed:
    return StepFailed("replace", step.type, step.name, step.urn, 0.0, "would be replaced and is protected")


def test_a_plan_that_endangers_nothing_passes(bench: Bench) -> None:
    preview(bench, Step("create", "docker:index/network:Network", "net", "urn:net"))


def test_a_replaced_disk_is_refused_with_exit_code_3(bench: Bench) -> None:
    stopped = refusal(bench, REPLACED)

    assert stopped.code == REFUSED
    assert "host-data: the data disk would be replaced by type" in str(stopped)


def test_a_stop_is_refused_until_it_is_allowed(bench: Bench) -> None:
    assert refusal(bench, STOP).code == REFUSED

    with permitted(True):
        allowed = preview(bench, STOP)
    assert "let through: host-machine: the machine would be stopped" in allowed.errors.getvalue()


def test_the_environment_may_have_allowed_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(names.ENV_ALLOW_DOWNTIME, "1")

    preview(bench, STOP)


def test_a_broken_rule_is_refused_with_the_rules_name(bench: Bench) -> None:
    stopped = refusal(bench, OPEN_PORT)

    assert stopped.code == REFUSED
    assert "web-green-1a2b3c4d: publishes a port of the machine (published-port)" in str(stopped)
    assert "docs/policy.md" in str(stopped)


def test_what_is_deleted_breaks_no_rule(bench: Bench) -> None:
    preview(bench, Step("delete", OPEN_PORT.type, OPEN_PORT.name, OPEN_PORT.urn, OPEN_PORT.inputs))


def test_what_the_engine_refuses_for_the_same_reason_is_told_once_and_better(bench: Bench) -> None:
    stopped = refusal(bench, REPLACED, refuses=[protects(REPLACED)])

    assert stopped.code == REFUSED
    assert "is protected" not in str(stopped)


def test_what_would_go_along_with_another_is_refused_too_and_what_was_not_looked_at_is_told(bench: Bench) -> None:
    machine = Step("replace", INSTANCE, "host-machine", STOP.urn, along="host-vpc")
    vpc = StepFailed("replace", "gcp:compute/network:Network", "host-vpc", "urn:vpc", 0.0, "no", (STOP.urn,))
    stopped = refusal(bench, OPEN_PORT, machine, refuses=[vpc])

    assert stopped.code == REFUSED
    assert "host-machine: the machine would be replaced together with host-vpc. Next: " in str(stopped)
    assert "The engine stopped there: the whole plan may refuse more, and the policy was not asked." in str(stopped)
    assert "published-port" not in str(stopped)


def test_what_the_engine_refuses_for_another_reason_stays_a_failure(bench: Bench) -> None:
    other = StepFailed("create", "gcp:storage/bucket:Bucket", "media", "urn:b::media", 0.0, "belongs to somebody else")
    stopped = refusal(bench, REPLACED, refuses=[protects(REPLACED), other])

    assert stopped.code == FAILED
    assert "belongs to somebody else" in str(stopped)
    assert "host-data: the data disk would be replaced" in str(stopped)


def test_letting_through_what_is_protected_is_still_the_engines_failure(bench: Bench) -> None:
    stopped = refusal(bench, REPLACED, allow=["host-data"], refuses=[protects(REPLACED)])

    assert stopped.code == FAILED
    assert "is protected" in str(stopped)


def test_a_risk_that_no_rule_needs_is_told(open_bench: Callable[..., Bench]) -> None:
    bench = preview(open_bench("  tandem:accept_risk: [no-snapshots]\n"), OPEN_PORT_CLOSED)

    assert "accept_risk: no-snapshots: no rule needs it any more" in bench.errors.getvalue()


OPEN_PORT_CLOSED = Step(
    "same",
    OPEN_PORT.type,
    OPEN_PORT.name,
    OPEN_PORT.urn,
    {key: value for key, value in OPEN_PORT.inputs.items() if key != "ports"},
)


def test_a_misspelled_name_to_let_through_is_told(bench: Bench) -> None:
    said = preview(bench, OPEN_PORT_CLOSED, allow=["host-dta"])

    assert "--allow host-dta: nothing of this plan has that name" in said.errors.getvalue()


def test_the_summary_says_it_to_programs(open_bench: Callable[..., Bench]) -> None:
    bench = open_bench(json_lines=True)
    stopped = refusal(bench, STOP, OPEN_PORT)
    said = stopped.summary.as_json()

    assert said["gate"] == [
        {
            "urn": "urn:m::host-machine",
            "danger": "stop",
            "by": ["machineType"],
            "refused": True,
            "way": "docs/growing.md#another-machine-type",
        }
    ]
    assert [one["rule"] for one in said["policy"]] == ["published-port"]
    json.dumps(said)


def test_the_command_line_knows_both_words(terminal: Terminal) -> None:
    terminal.bench.fake_engine.plan = (STOP, REPLACED)

    assert terminal.run("preview")[0] == REFUSED
    assert terminal.run("preview", "--allow-downtime")[0] == REFUSED
    assert terminal.run("preview", "--allow-downtime", "--allow", "host-data")[0] == OK
    assert terminal.run("preview", "--allow-downtime", "--allow", REPLACED.urn)[0] == OK
