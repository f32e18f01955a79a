from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from tandem.cli import wiring
from tandem.cli.root import app
from tandem.exits import ENVIRONMENT, FAILED, MEANING, OK, REFUSED, USAGE
from tandem.locks.holder import Holder
from tandem.stack import session as session_module
from tandem.stack.options import Options
from tests.unit.tandem.fakes import AUTHOR, Bench, image_id

HERE = Path(__file__).resolve().parents[3]


class Terminal:
    """The command line on one bench: state stays between commands, as on a host."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bench = bench
        self.options: list[Options] = []
        self.runner = CliRunner()
        outer = self

        class Opened(session_module.Session):
            def __init__(self, options: Options, show: object, stray: object = None) -> None:
                super().__init__(options, show, {})  # type: ignore[arg-type]
                outer.options.append(options)
                bench_now = outer.bench
                self.__dict__.update(
                    docker=bench_now.fake_docker,
                    host=bench_now.fake_host,
                    engine=bench_now.fake_engine,
                    engine_name="offline",
                    author=AUTHOR,
                )

        monkeypatch.setattr(session_module, "Session", Opened)

    def run(self, *words: str) -> tuple[int, str, str]:
        result = self.runner.invoke(app, ["-C", str(self.bench.options.directory), *words])
        return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def terminal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("TANDEM_STACK", "TANDEM_USE_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    return Terminal(bench, monkeypatch)


def test_help_tells_every_exit_code(terminal: Terminal) -> None:
    code, out, _ = terminal.run("--help")
    assert code == OK
    for number in MEANING:
        assert f"{number}: " in out


def commands() -> dict[str, Any]:
    return {name: command for name, command in get_command(app).commands.items() if not command.hidden}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", commands())
def test_the_help_of_a_command_has_no_names_of_types_and_its_own_options_first(terminal: Terminal, name: str) -> None:
    code, out, _ = terminal.run(name, "--help")
    assert code == OK
    assert re.findall(r"<(?:bool|str|int|path|float|list\[.*?\])[^>]*>", out) == []
    assert out.index("--help") < out.index("Options of every command") < out.index("--dry-run")


def test_every_command_has_its_place_in_the_list(terminal: Terminal) -> None:
    _, out, _ = terminal.run("--help")
    assert "─ Commands ─" not in out
    assert [name for name in commands() if f"│ {name} " not in out] == []


def test_it_says_its_version(terminal: Terminal) -> None:
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == wiring.DISTRIBUTION
    assert terminal.run("--version")[:2] == (OK, f"tandem {project['version']}\n")


@pytest.mark.parametrize("words", [["web", "demo:1"], ["web=demo:1"]])
def test_deploy_takes_two_words_or_pairs(terminal: Terminal, words: list[str]) -> None:
    code, out, _ = terminal.run("deploy", *words)
    assert code == OK
    assert "deploy web:" in out
    assert terminal.bench.rollouts["web"]["blue"]["image"] == image_id(1)


def test_deploy_takes_several_apps_in_one_update(terminal: Terminal) -> None:
    assert terminal.run("deploy", "web=demo:1", "admin=demo:2")[0] == OK
    assert set(terminal.bench.rollouts) == {"web", "admin"}
    assert terminal.bench.fake_engine.runs == ["up"]


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "web"],
        ["deploy", "web", "demo:1", "admin"],
        ["deploy", "web=demo:1", "web=demo:2"],
        ["deploy", "web", "demo:1", "--colour", "red"],
        ["deploy", "web", "demo:1", "--colour", "blue", "--force-color", "green"],
        ["switch", "web", "--force-color", "red"],
        ["deploy"],
        ["switch"],
        ["frobnicate"],
        ["up", "--nonsense"],
        ["-s", "nowhere", "status"],
        ["destroy"],
        ["destroy", "--json"],
        ["destroy", "--dry-run"],
        ["logs", "wbe"],
        ["logs", "web", "--tail", "-1"],
        ["close", "wbe"],
        ["canary", "web"],
        ["canary", "web", "100"],
        ["canary", "web", "-1"],
        ["canary", "web", "ten"],
        ["deploy", "web", "demo:1", "--force", " "],
        ["deploy", "web", "demo:1", "--force", "x" * 201],
        ["rollback", "web", "--now", "--to", "demo:1"],
        ["rollback", "web", "admin", "--to", "demo:1"],
        ["rollback", "web", "--now", "--force", "why"],
        ["history", "wbe"],
        ["history", "--limit", "0"],
        ["up", "--wait", "-5"],
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(terminal: Terminal, words: list[str]) -> None:
    before = terminal.bench.text
    assert terminal.run(*words)[0] == USAGE
    assert terminal.bench.text == before
    assert terminal.bench.fake_engine.runs == []


@pytest.mark.parametrize("option", ["--colour", "--color", "--override-color", "--force-color"])
def test_every_spelling_of_the_slot_is_understood(terminal: Terminal, option: str) -> None:
    assert terminal.run("deploy", "web", "demo:1", option, "green")[0] == OK
    assert terminal.bench.rollouts["web"]["live"] == "green"


def test_aliases_do_the_same(terminal: Terminal) -> None:
    assert terminal.run("deploy", "web", "demo:1")[0] == OK
    assert terminal.run("prepare", "web", "demo:2")[0] == OK
    assert terminal.run("gateway", "web")[0] == OK
    assert terminal.run("full", "web", "demo:3", "--finalize")[0] == OK
    assert terminal.bench.rollouts["web"] == {"live": "blue", "blue": {"image": image_id(3)}}


def test_a_refused_move_ends_with_3_and_a_failed_one_with_1(terminal: Terminal) -> None:
    code, _, errors = terminal.run("rollback", "web")
    assert code == REFUSED
    assert "next is" in errors
    terminal.bench.fake_engine.breaks = {"web"}
    code, _, errors = terminal.run("deploy", "web", "demo:1")
    assert code == FAILED
    assert "Traceback" not in errors


def test_an_absent_image_ends_with_5(terminal: Terminal) -> None:
    assert terminal.run("deploy", "web", "demo:9", "--skip-pull")[0] == ENVIRONMENT


def test_options_are_understood_before_and_after_the_command(terminal: Terminal) -> None:
    terminal.run("--engine", "offline", "status", "--json")
    assert terminal.options[-1].engine == "offline"
    assert terminal.options[-1].json
    terminal.run("--json", "status", "-s", "local")
    assert terminal.options[-1].json
    assert terminal.options[-1].stack == "local"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (["status", "--wait"], 600),
        (["--wait", "status"], 600),
        (["--wait", "7", "status"], 7),
        (["status", "--wait", "2.5"], 2.5),
        (["status", "--wait=3"], 3),
        (["status"], 0),
    ],
)
def test_wait_stands_with_or_without_seconds(terminal: Terminal, words: list[str], seconds: float) -> None:
    assert terminal.run(*words)[0] == OK
    assert terminal.options[-1].wait == seconds


def test_wait_inside_of_exec_is_the_commands_own_word(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    terminal.run("exec", "web", "--", "job", "--wait")
    assert terminal.bench.fake_docker.attached[-1][-2:] == ("job", "--wait")


def test_canary_history_and_unlock_are_commands(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    terminal.run("prepare", "web", "demo:2")
    assert terminal.run("canary", "web", "10%")[0] == OK
    assert terminal.bench.rollouts["web"]["canary"] == 10
    assert terminal.run("history", "web")[:2] == (OK, "nothing has moved yet\n")
    assert terminal.run("unlock")[:2] == (OK, "nobody holds this stack\n")


def test_unlock_asks_and_without_a_terminal_wants_yes(terminal: Terminal) -> None:
    terminal.bench.fake_engine.held = [Holder("a Pulumi run", "ann", "other", 1, "2026-10-01")]
    code, out, errors = terminal.run("unlock")
    assert (code, "ann@other" in out, "--yes" in errors) == (USAGE, True, True)
    assert terminal.run("unlock", "--yes")[0] == OK
    assert terminal.bench.fake_engine.held == []


def test_stack_and_engine_come_from_the_environment(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_STACK", "prod")
    monkeypatch.setenv("TANDEM_USE_ENGINE", "pulumi")
    code, _, errors = terminal.run("status")
    assert code == USAGE
    assert "Pulumi.prod.yaml does not exist; stacks of this project: local" in errors
    assert terminal.options[-1] == Options(directory=terminal.bench.options.directory, stack="prod", engine="pulumi")


def test_destroy_goes_on_with_yes_without_a_terminal(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    assert terminal.run("destroy", "--yes")[0] == OK
    assert terminal.bench.fake_host.boxes == []


def test_status_json_has_the_documented_shape(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    code, out, _ = terminal.run("status", "--json")
    said = json.loads(out)
    assert code == OK
    assert (said["stack"], said["engine"]) == ("local", "offline")
    web = said["apps"]["web"]
    assert web["url"] == "http://web.localhost:18473"
    assert (web["phase"], web["live"]) == ("stable", "blue")
    assert web["release"] == terminal.bench.fake_host.live["web"]
    assert {key: web["blue"][key] for key in ("image", "state")} == {"image": image_id(1), "state": "running"}
    assert web["blue"]["container"].startswith("web-blue-")
    assert web["green"] is None
    assert said["apps"]["admin"]["blue"] is None


def test_status_for_people_is_a_table(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    _, out, _ = terminal.run("status")
    assert "shop-local, engine offline" in out
    assert "sha256:111111111111 running" in out


def test_logs_and_exec_reach_the_live_container_and_pass_its_exit_code(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    name = terminal.bench.fake_host.boxes[0].name
    assert terminal.run("logs", "web", "-f", "--tail", "5")[0] == OK
    terminal.bench.fake_docker.exit_code = 7
    assert terminal.run("exec", "web", "--", "ls", "-C", "/")[0] == 7
    assert terminal.bench.fake_docker.attached == [
        ("logs", "--tail", "5", "--follow", name),
        ("exec", "--interactive", name, "ls", "-C", "/"),
    ]


def test_logs_of_an_app_that_has_no_container_say_what_there_is(terminal: Terminal) -> None:
    code, _, errors = terminal.run("logs", "web")
    assert code == ENVIRONMENT
    assert "no container that is live; there is: none" in errors


def test_outputs_are_printed_as_text_and_as_json(terminal: Terminal) -> None:
    terminal.run("deploy", "web", "demo:1")
    assert json.loads(terminal.run("outputs", "--format", "json")[1])["live"]["web"].startswith("blue-")
    assert "endpoints: " in terminal.run("outputs")[1]


def test_check_is_a_table_with_marks_and_json_lines(terminal: Terminal) -> None:
    code, out, _ = terminal.run("check")
    assert code == OK
    head, first, *_ = out.splitlines()
    assert head.split() == ["check", "found"]
    assert first.split() == ["✓", "config", "Pulumi.local.yaml:", "3", "apps"]
    lines = [json.loads(line) for line in terminal.run("check", "--json")[1].splitlines()]
    assert {line["check"] for line in lines} >= {"config", "engine", "docker", "disk", "port"}


def test_json_stays_parseable_when_a_move_fails(terminal: Terminal) -> None:
    terminal.bench.fake_engine.breaks = {"web"}
    code, out, _ = terminal.run("deploy", "web", "demo:1", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == FAILED
    assert lines[-1]["exit"] == FAILED
    assert "summary" in lines[-1]
    assert any(line.get("event") == "failed" and line["message"] == "web: never healthy" for line in lines)


def test_the_command_line_loads_neither_pulumi_nor_the_models() -> None:
    heavy = ("pulumi", "pydantic", "docker", "ruamel.yaml", "rich.live")
    script = f"import sys, tandem.cli.root; sys.exit(','.join(m for m in {heavy} if m in sys.modules) or 0)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_process_ends_cleanly_when_interrupted_at_once(project: Path) -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
    imports = "from tandem.cli.wiring import guarded\nfrom tandem.says.progress import Plain\n"
    code = f"{imports}def s():\n    {script}\nraise SystemExit(guarded(s, Plain()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 130
    assert done.stderr == "error: interrupted; nothing was changed\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
