from __future__ import annotations

import io
import json
import os
import signal

import pytest
from rich.console import Console

from tandem.engines import Notice, StepDone, StepFailed, StepStarted
from tandem.moves.receipts import Receipt, read
from tandem.says.interrupt import gently
from tandem.says.progress import Json, Plain, noun, plain_line
from tandem.says.summary import AppLine, Summary, short_image
from tandem.says.tables import columns
from tandem.says.terminal import Terminal

CONTAINER = "docker:index/container:Container"
COMMAND = "command:local:Command"
SUMMARY = Summary(
    "deploy web",
    "offline",
    {"create": 2, "update": 1, "same": 7},
    1.234,
    [AppLine("web", "switched", "green", "green-11111111", "sha256:" + "a" * 64, 150, 175, "http://web.localhost")],
)


def test_a_finished_step_is_one_plain_line() -> None:
    assert plain_line(StepDone("create", CONTAINER, "web-green-1", "urn", 0.42)) == "  + container web-green-1 (0.42 s)"


def test_what_stayed_and_the_programs_own_brackets_are_not_told() -> None:
    assert plain_line(StepDone("same", CONTAINER, "web", "urn", 0.1)) is None
    assert plain_line(StepDone("create", "tandem:App", "web", "urn", 0.1)) is None
    assert plain_line(StepDone("create", "pulumi:providers:docker", "host", "urn", 0.1)) is None


def test_a_slow_kind_of_step_is_told_when_it_begins() -> None:
    assert plain_line(StepStarted("update", COMMAND, "switch-web", "urn")) == "  ~ switch-web …"
    assert plain_line(StepStarted("create", CONTAINER, "web-green-1", "urn")) is None


def test_a_failure_is_told_with_its_reason_set_in() -> None:
    failed = StepFailed("update", COMMAND, "switch-web", "urn", 0.5, "web: gone\n  | last line")
    assert plain_line(failed) == "  ✗ switch-web (0.50 s)\n    web: gone\n      | last line"


def test_plain_ends_with_a_table_and_one_line() -> None:
    out = io.StringIO()
    Plain(out).end(SUMMARY)
    assert out.getvalue().splitlines() == [
        "APP  PHASE     LIVE            IMAGE                READY   FLIP",
        "web  switched  green-11111111  sha256:aaaaaaaaaaaa  150 ms  175 ms",
        "deploy web: 2 created, 1 updated, 7 unchanged in 1.23 s (engine offline)",
    ]


def test_every_json_line_is_an_object_and_warnings_stay_on_stdout() -> None:
    out, errors = io.StringIO(), io.StringIO()
    show = Json(out, errors)
    show.say("a")
    show.warn("b")
    show.event(Notice("info", "c"))
    show.event(StepDone("create", CONTAINER, "web", "urn", 0.1, "d"))
    show.end(SUMMARY)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line.get("event") for line in lines] == ["notice", "notice", "notice", "done", None]
    assert lines[-1]["summary"]["same"] == 7
    assert errors.getvalue() == ""


def test_a_json_failure_says_it_on_both_streams() -> None:
    out, errors = io.StringIO(), io.StringIO()
    Json(out, errors).fail("no", 3)
    assert json.loads(out.getvalue()) == {"error": "no", "exit": 3}
    assert errors.getvalue() == "error: no\n"


def test_the_terminal_shows_running_steps_and_keeps_finished_ones() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=100)
    show = Terminal(console)
    with show.live():
        show.event(StepStarted("create", CONTAINER, "web-green-1", "urn"))
        assert "urn" in show.running
        show.event(StepDone("create", CONTAINER, "web-green-1", "urn", 0.42))
        show.event(StepDone("same", CONTAINER, "other", "urn:2", 0.0))
        show.event(StepFailed("update", COMMAND, "switch-web", "urn:3", 0.5, "web: gone"))
    show.end(SUMMARY)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "+ container web-green-1  0.42 s" in said
    assert "✗ switch-web" in said
    assert "web: gone" in said
    assert "other" not in said
    assert "green-11111111" in said


def test_images_are_shortened_and_columns_aligned() -> None:
    assert short_image("ghcr.io/a/b@sha256:" + "c" * 64) == "ghcr.io/a/b@sha256:cccccccccccc"
    assert short_image("demo:1") == "demo:1"
    assert columns([["a", "bb"], ["ccc", "d"]]) == ["a    bb", "ccc  d"]
    assert noun(COMMAND, "switch-web") == "switch-web"


def test_a_receipt_is_read_and_other_lines_are_not() -> None:
    line = (
        '{"ok":true,"app":"web","release":"green-1","from":null,"moved":true,"ready_ms":150,'
        '"first_ms":60,"flip_ms":175,"total_ms":520,"at":"2026-11-24T15:00:00Z"}'
    )
    assert read(line) == Receipt("web", "green-1", None, True, 150, 175, 520)
    assert read("hello") is None
    assert read('{"app": "web"}') is None
    assert read("[1]") is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_told_and_later_ones_are_ignored(number: signal.Signals) -> None:
    errors = io.StringIO()
    before = signal.getsignal(number)
    with gently(Plain(io.StringIO(), errors)):
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
    assert errors.getvalue().count("interrupted") == 1
    assert signal.getsignal(number) is before
