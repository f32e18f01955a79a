"""`tandem preview --markdown`, `--json`, `--output` on the command line: where things go, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tandem.cloud.effects import DISK
from tandem.engines import Step
from tandem.exits import ENVIRONMENT, FAILED, OK, REFUSED, USAGE, environment
from tests.unit.tandem.test_cli import Terminal, terminal

__all__ = ["terminal"]

MARK = "<!-- tandem preview: shop/local -->"
REPLACED = Step("replace", DISK, "host-data", "urn:d::host-data", {}, {"type": "replace"})
MADE = Step("create", "docker:index/network:Network", "net", "urn:net")


def test_only_the_comment_is_on_stdout(terminal: Terminal) -> None:
    terminal.bench.fake_engine.plan = (MADE,)
    code, out, err = terminal.run("preview", "--markdown")

    assert code == OK
    assert out.splitlines()[0] == MARK
    assert out.endswith("</sub>\n")
    assert "preview: 1 created" in err


def test_the_file_has_the_same_comment(terminal: Terminal, tmp_path: Path) -> None:
    terminal.bench.fake_engine.plan = (MADE,)
    file = tmp_path / "comment.md"
    _, out, _ = terminal.run("preview", "--markdown", "--output", str(file))

    assert file.read_text() == out


def test_a_file_alone_leaves_the_terminal_as_it_is(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    code, out, _ = terminal.run("preview", "--output", str(file))

    assert code == OK
    assert file.read_text().splitlines()[0] == MARK
    assert MARK not in out
    assert "preview: " in out


def test_a_refusal_is_written_all_the_same(terminal: Terminal, tmp_path: Path) -> None:
    terminal.bench.fake_engine.plan = (REPLACED,)
    file = tmp_path / "comment.md"
    code, out, err = terminal.run("preview", "--markdown", "--output", str(file))

    assert code == REFUSED
    assert "`host-data`: the data disk would be replaced by `type`" in out
    assert file.read_text() == out
    assert "error: preview: refused" in err


def test_what_is_meant_passes_and_is_told(terminal: Terminal) -> None:
    terminal.bench.fake_engine.plan = (REPLACED,)
    code, out, _ = terminal.run("preview", "--markdown", "--allow", "host-data")

    assert code == OK
    assert "let through: host-data: the data disk would be replaced by type" in out


def test_a_stack_file_with_mistakes_is_a_comment(terminal: Terminal) -> None:
    file = terminal.bench.stack.file
    file.write_text(file.read_text().replace("profile: local", "profile: mars"))
    code, out, _ = terminal.run("preview", "--markdown")

    assert code == USAGE
    assert out.splitlines()[0] == MARK
    assert "a mistake in the stack file or the command" in out
    assert "Pulumi.local.yaml: profile: must be one of" in out
    assert terminal.bench.fake_engine.runs == []


def test_a_failing_engine_is_a_comment(terminal: Terminal) -> None:
    terminal.bench.fake_engine.breaks = {"preview"}
    code, out, _ = terminal.run("preview", "--markdown")

    assert code == FAILED
    assert out.splitlines()[0] == MARK
    assert "update failed" in out


def test_a_missing_engine_is_a_comment(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_on_event: object) -> None:
        raise environment("the engine pulumi is not complete here")

    monkeypatch.setattr(terminal.bench.fake_engine, "preview", missing)
    code, out, _ = terminal.run("preview", "--markdown")

    assert code == ENVIRONMENT
    assert "the engine pulumi is not complete here" in out


def test_programs_get_one_line_with_everything(terminal: Terminal) -> None:
    terminal.bench.fake_engine.plan = (REPLACED, MADE)
    code, out, _ = terminal.run("preview", "--json")
    (line,) = out.splitlines()
    said = json.loads(line)

    assert code == said["exit"] == REFUSED
    assert (said["version"], said["outcome"], said["project"], said["stack"]) == (1, "refused", "shop", "local")
    assert said["summary"] == {"create": 1, "update": 0, "replace": 1, "delete": 0, "same": 0}
    assert [one["name"] for one in said["changes"]] == ["host-data", "net"]
    assert [one["urn"] for one in said["gate"]] == [REPLACED.urn]
    assert said["compared"] == {"with": "state"}


def test_a_value_that_sounds_secret_is_nowhere(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-hunter2canary")
    broken = Step("create", "docker:index/network:Network", "pul-hunter2canary", "urn:pul-hunter2canary")
    terminal.bench.fake_engine.plan = (broken,)
    told = terminal.run("preview", "--markdown")[1] + terminal.run("preview", "--json")[1]

    assert "hunter2canary" not in told
    assert "[secret]" in told


def test_two_forms_at_once_are_refused(terminal: Terminal) -> None:
    assert terminal.run("preview", "--markdown", "--json")[0] == USAGE


def test_a_file_in_no_folder_is_refused_before_anything_is_asked(terminal: Terminal) -> None:
    code, _, err = terminal.run("preview", "--markdown", "--output", "/nowhere/at/all.md")

    assert code == USAGE
    assert "there is no folder /nowhere/at" in err
    assert terminal.bench.fake_engine.runs == []
