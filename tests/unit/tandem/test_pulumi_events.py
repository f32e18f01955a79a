from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tandem.engines import Event, Notice, StepDone, StepFailed, StepStarted
from tandem.engines.pulumi_events import Stream, for_people, masked

RECORDED = Path(__file__).parent / "recorded"
"""Event streams of the real CLI 3.260 (docker 5.2.0, command 1.2.1), cut to the fields that are read."""


def play(name: str) -> tuple[Stream, list[Event]]:
    seen: list[Event] = []
    stream = Stream(seen.append)
    for line in (RECORDED / name).read_text(encoding="utf-8").splitlines():
        stream.feed(json.loads(line))
    stream.finish()
    return stream, seen


def test_a_refused_image_is_one_failure_with_the_scripts_own_words() -> None:
    stream, seen = play("crash.jsonl")
    (failure,) = stream.failures
    assert failure.name == "switch-web"
    assert failure.operation == "update"
    assert failure.message.splitlines()[0] == (
        "web: green-5c3446cc does not go live: it left the network 0.3 s after the first probe: exited or restarting"
    )
    assert "timeout 90" not in failure.message
    assert [event for event in seen if isinstance(event, StepFailed)] == [failure]
    assert stream.result().counts == {"create": 2, "same": 12}


def test_the_sdks_interrupt_traceback_never_reaches_the_user() -> None:
    stream, seen = play("crash.jsonl")
    said = [event.message for event in seen if isinstance(event, Notice)]
    assert not [line for line in [*said, stream.message()] if "Traceback" in line or "KeyboardInterrupt" in line]


def test_steps_that_changed_something_are_told_from_start_to_end() -> None:
    _, seen = play("crash.jsonl")
    started = [event.name for event in seen if isinstance(event, StepStarted)]
    assert started == ["web-green-5c3446cc", "guard-web-green-5c3446cc", "switch-web"]
    done = {event.name: event for event in seen if isinstance(event, StepDone) and event.operation == "create"}
    assert set(done) == {"web-green-5c3446cc", "guard-web-green-5c3446cc"}


def test_an_update_brings_receipt_and_outputs() -> None:
    stream, _ = play("deploy.jsonl")
    result = stream.result()
    (switch,) = [step for step in result.steps if step.name == "switch-web" and step.operation == "update"]
    assert json.loads(switch.detail)["moved"] is True
    assert result.outputs["live"]["web"] == json.loads(switch.detail)["release"]


def test_what_stayed_repeats_no_old_receipt() -> None:
    stream, _ = play("deploy.jsonl")
    assert [step.detail for step in stream.steps if step.operation == "same" and step.detail] == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'exit status 71: running "timeout 90 /h/switch web":\nweb: it left the network\n',
            "web: it left the network",
        ),
        (
            '1 error occurred:\n\t* exit status 75: running "timeout 60 /h/guard web":\nweb: green serves\n  next: x\n',
            "web: green serves\n  next: x",
        ),
        ('exit status 124: running "timeout 90 x":\n', "the command ended with exit status 124 and said nothing"),
        ("error pinging Docker server: nobody there", "error pinging Docker server: nobody there"),
    ],
)
def test_an_error_is_told_without_the_command_text(message: str, expected: str) -> None:
    assert for_people(message) == expected


def said(**event: Any) -> list[Event]:
    seen: list[Event] = []
    stream = Stream(seen.append)
    stream.feed({"diagnosticEvent": event})
    return seen


def test_debug_and_ephemeral_lines_are_not_told() -> None:
    assert said(severity="debug", message="registering") == []
    assert said(severity="info", message="ready", ephemeral=True, urn="urn:x::y") == []


def test_warnings_and_prints_of_the_program_are_told() -> None:
    assert said(severity="warning", message="careful\n") == [Notice("warning", "careful")]
    assert said(severity="info", message="hello\n\n") == [Notice("info", "hello")]


def test_a_program_that_refuses_is_told_by_its_own_words() -> None:
    stream = Stream(lambda _event: None)
    stream.feed({"diagnosticEvent": {"severity": "error", "message": "Pulumi.local.yaml: apps: is wrong\n"}})
    tail = "an unhandled error occurred: program exited with non-zero exit code: 1\n"
    stream.feed({"diagnosticEvent": {"severity": "error", "message": tail}})
    stream.feed({"summaryEvent": {"result": "failed", "resourceChanges": {"same": 1}}})
    assert stream.message() == "Pulumi.local.yaml: apps: is wrong"


def test_secrets_in_outputs_are_masked() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    assert masked({"a": [1, secret], "b": {"c": secret}}) == {"a": [1, "[secret]"], "b": {"c": "[secret]"}}
