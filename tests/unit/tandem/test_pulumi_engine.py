"""The engine `pulumi` against a stand-in CLI: a script that notes how it was called and plays a stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from config import names
from tandem.engines import EngineError, Event, Notice, StackRef, choose
from tandem.engines.pulumi import PulumiEngine
from tandem.engines.pulumi_backend import LockedError
from tandem.engines.shortcut.pip.__main__ import installed
from tandem.exits import BUSY, ENVIRONMENT, REFUSED, USAGE, Stop
from tandem.moves.aftermath import code
from tests.unit.tandem.fake_host import FakeHost

RECORDED = Path(__file__).parent / "recorded"
CLI = """#!{python}
import json, os, signal, sys, time
from pathlib import Path
folder = Path({folder!r})
arguments = sys.argv[1:]
names = "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "DOCKER_HOST", "TANDEM_ENGINE"
kept = {{name: os.environ.get(name) for name in names}}
config = arguments[arguments.index("--config-file") + 1] if "--config-file" in arguments else None
call = {{"arguments": arguments, "environment": kept, "config": Path(config).read_text() if config else None}}
with (folder / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(call) + "\\n")
if arguments[:2] == ["stack", "init"]:
    where = Path(arguments[arguments.index("-C") + 1])
    if "PULUMI_BACKEND_URL" not in os.environ:
        (folder / "made").touch()
        sys.exit(0)
    with (where / "Pulumi.local.yaml").open("a") as file:
        file.write("encryptionsalt: v1:salt\\n")
    state = Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi/stacks/shop/local.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({{"version": 3, "checkpoint": {{"latest": None}}}}))
    sys.exit(0)
if "PULUMI_BACKEND_URL" not in os.environ and not (folder / "made").exists():
    sys.exit("error: no stack named 'local' found")
if (folder / "hangs").exists():
    signal.signal(signal.SIGINT, lambda *_: ((folder / "asked").touch(), sys.exit(1)))
    print(json.dumps({{"diagnosticEvent": {{"severity": "info", "message": "at work"}}}}), flush=True)
    time.sleep(20)
stream = folder / "stream.jsonl"
print(stream.read_text() if stream.exists() else "", flush=True)
words = folder / "errors"
sys.exit(words.read_text() if words.exists() else 0)
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the stand-in's memory; the stand-in itself is on PATH."""
    folder = tmp_path / "cli"
    (folder / "bin").mkdir(parents=True)
    script = folder / "bin" / "pulumi"
    script.write_text(CLI.format(python=sys.executable, folder=str(folder)), encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "TANDEM_ENGINE"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def stack(project: Path) -> StackRef:
    return StackRef(project, "shop", "local", project)


def play(cli: Path, name: str, code: int = 0) -> None:
    (cli / "stream.jsonl").write_text((RECORDED / name).read_text(encoding="utf-8"), encoding="utf-8")
    if code:
        (cli / "errors").write_text("error: update failed", encoding="utf-8")


def calls(cli: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (cli / "calls.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_up_is_one_call_after_the_first_which_makes_the_stack(cli: Path, stack: StackRef) -> None:
    play(cli, "deploy.jsonl")
    engine = PulumiEngine(stack, local=True)
    result = engine.up(lambda _event: None)
    PulumiEngine(stack, local=True).up(lambda _event: None)
    assert [call["arguments"][0] for call in calls(cli)] == ["stack", "up", "up"]
    assert result.counts == {"create": 2, "update": 1, "delete": 4, "same": 12}
    assert result.outputs["engine"] == "pulumi"


def test_the_users_stack_file_is_never_touched_and_the_copy_has_the_salt(cli: Path, stack: StackRef) -> None:
    before = stack.file.read_bytes()
    PulumiEngine(stack, local=True).up(lambda _event: None)
    assert stack.file.read_bytes() == before
    assert calls(cli)[-1]["config"] == before.decode() + "encryptionsalt: v1:salt\n"


def test_a_stack_file_with_its_own_salt_is_copied_as_it_is(cli: Path, stack: StackRef) -> None:
    text = stack.file.read_text(encoding="utf-8") + "encryptionsalt: v1:own\n"
    stack.file.write_text(text, encoding="utf-8")
    PulumiEngine(stack, local=True).up(lambda _event: None)
    assert calls(cli)[-1]["config"] == text


def test_local_state_is_embedded_by_environment_only(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere")
    monkeypatch.setenv("TANDEM_ENGINE", "offline")
    PulumiEngine(stack, local=True).up(lambda _event: None)
    assert calls(cli)[-1]["environment"] == {
        "PULUMI_BACKEND_URL": f"file://{names.stack_directory('shop', 'local')}/pulumi",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "DOCKER_HOST": None,
        "TANDEM_ENGINE": None,
    }


def test_a_backend_that_the_user_names_is_left_alone(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://acme")
    PulumiEngine(stack, local=True).up(lambda _event: None)
    (call,) = calls(cli)
    assert call["environment"]["PULUMI_BACKEND_URL"] == "gs://acme"
    assert call["environment"]["PULUMI_CONFIG_PASSPHRASE"] is None
    assert call["config"] is None


def test_a_stack_that_the_users_backend_does_not_know_is_made(cli: Path, stack: StackRef) -> None:
    play(cli, "deploy.jsonl")
    result = PulumiEngine(stack, local=False).up(lambda _event: None)
    assert [call["arguments"][:2] for call in calls(cli)][1] == ["stack", "init"]
    assert result.counts["create"] == 2


def test_the_first_up_pins_the_stack(cli: Path, stack: StackRef) -> None:
    PulumiEngine(stack, local=True).up(lambda _event: None)
    assert (names.stack_directory("shop", "local") / "engine").read_text(encoding="utf-8") == "pulumi\n"


def test_a_first_up_that_made_nothing_pins_nothing(cli: Path, stack: StackRef) -> None:
    (cli / "errors").write_text("error: no such thing", encoding="utf-8")
    with pytest.raises(EngineError):
        PulumiEngine(stack, local=True).up(lambda _event: None)
    assert not (names.stack_directory("shop", "local") / "engine").exists()


def test_a_failed_run_says_what_failed_and_nothing_of_the_sdk(cli: Path, stack: StackRef) -> None:
    play(cli, "crash.jsonl", code=1)
    seen: list[Event] = []
    with pytest.raises(EngineError) as failed:
        PulumiEngine(stack, local=True).up(seen.append)
    assert [failure.name for failure in failed.value.failures] == ["switch-web"]
    assert failed.value.result is not None
    assert failed.value.result.counts == {"create": 2, "same": 12}
    assert "Traceback" not in str(failed.value) + "".join(str(event) for event in seen)


def test_words_on_stderr_are_told_when_there_is_no_event(cli: Path, stack: StackRef) -> None:
    (cli / "errors").write_text("error: the stack is currently locked by 1 lock(s)", encoding="utf-8")
    with pytest.raises(EngineError, match="the stack is currently locked") as failed:
        PulumiEngine(stack, local=True).up(lambda _event: None)
    assert code(failed.value) == BUSY


def test_a_preview_of_another_text_reads_that_text(cli: Path, stack: StackRef) -> None:
    with choose.for_text("pulumi", stack, "config: {}\n", FakeHost(), local=True) as engine:
        engine.preview(lambda _event: None)
    assert calls(cli)[-1]["config"] == "config: {}\nencryptionsalt: v1:salt\n"
    assert calls(cli)[-1]["arguments"][0] == "preview"


def test_outputs_of_local_state_need_no_call(cli: Path, stack: StackRef) -> None:
    engine = PulumiEngine(stack, local=True)
    assert engine.outputs() == {}
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    root = {"type": "pulumi:pulumi:Stack", "outputs": {"address": "127.0.0.1", "token": secret}}
    engine.backend.checkpoint.parent.mkdir(parents=True)
    engine.backend.checkpoint.write_text(
        json.dumps({"checkpoint": {"latest": {"resources": [root]}}}), encoding="utf-8"
    )
    assert engine.outputs() == {"address": "127.0.0.1", "token": "[secret]"}
    assert not (cli / "calls.jsonl").exists()


def test_the_lock_of_a_dead_cli_is_cleared_and_a_living_one_is_busy(cli: Path, stack: StackRef) -> None:
    engine = PulumiEngine(stack, local=True)
    engine.up(lambda _event: None)
    locks = engine.backend.folder / ".pulumi" / "locks" / "organization" / "shop" / "local"
    locks.mkdir(parents=True)
    (cli / "hangs").touch()
    command = [str(cli / "bin" / "pulumi"), "up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=engine.backend.variables()) as alive:
        assert alive.stdout and alive.stdout.readline()  # it runs, and is no copy of this process any more
        (locks / "alive.json").write_text(json.dumps({"pid": alive.pid}), encoding="utf-8")
        (locks / "dead.json").write_text(json.dumps({"pid": os.getpid()}), encoding="utf-8")
        (locks / "half.json").write_text('{"pid": 1', encoding="utf-8")
        with pytest.raises(LockedError, match="still at work"):
            engine.backend.prepare()
        alive.kill()
    engine.backend.prepare()
    assert list(locks.iterdir()) == []


def test_an_interrupt_is_passed_on_once_and_the_end_is_waited_for(cli: Path, stack: StackRef) -> None:
    (cli / "hangs").touch()
    engine = PulumiEngine(stack, local=True)

    def interrupt(event: Event) -> None:
        if event == Notice("info", "at work"):
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        engine.up(interrupt)
    assert (cli / "asked").exists()


# Which engine


def complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    for plugin in choose.PLUGINS:
        (tmp_path / "home" / "plugins" / f"resource-{plugin}").mkdir(parents=True)


def pin(engine: str) -> None:
    folder = names.stack_directory("shop", "local")
    folder.mkdir(parents=True)
    (folder / "engine").write_text(f"{engine}\n", encoding="utf-8")


def test_pulumi_is_chosen_only_when_cli_and_plugins_are_there(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    assert choose.name(stack, None, FakeHost()) == "offline"
    complete(monkeypatch, tmp_path)
    assert choose.name(stack, None, FakeHost()) == "pulumi"
    assert choose.name(stack, "offline", FakeHost()) == "offline"


def test_a_pinned_stack_keeps_its_engine_and_refuses_another(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    complete(monkeypatch, tmp_path)
    pin("offline")
    assert choose.name(stack, None, FakeHost()) == "offline"
    with pytest.raises(Stop, match="run by the engine offline") as stopped:
        choose.name(stack, "pulumi", FakeHost())
    assert stopped.value.code == REFUSED


def test_a_pinned_pulumi_without_its_plugins_is_told_what_to_install(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    pin("pulumi")
    with pytest.raises(Stop, match=r"pulumi plugin install resource docker 5.2.0") as stopped:
        choose.name(stack, None, FakeHost())
    assert stopped.value.code == ENVIRONMENT


def test_a_stack_in_google_cloud_wants_its_plugin_too(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    complete(monkeypatch, tmp_path)
    with pytest.raises(Stop, match=r"pulumi plugin install resource gcp 10.2.0") as stopped:
        choose.name(stack, None, FakeHost(), kind="gce")
    assert stopped.value.code == ENVIRONMENT
    (tmp_path / "home" / "plugins" / f"resource-{choose.GOOGLE}").mkdir()
    assert choose.name(stack, None, FakeHost(), kind="gce") == "pulumi"


def test_the_offline_engine_makes_nothing_in_google_cloud(
    cli: Path, stack: StackRef, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    complete(monkeypatch, tmp_path)
    with pytest.raises(Stop, match="the engine offline makes nothing in Google Cloud") as stopped:
        choose.name(stack, "offline", FakeHost(), kind="gce")
    assert stopped.value.code == ENVIRONMENT


def test_an_engine_that_does_not_exist_is_wrong_usage(stack: StackRef) -> None:
    with pytest.raises(Stop, match="expected pulumi or offline") as stopped:
        choose.name(stack, "terraform", FakeHost())
    assert stopped.value.code == USAGE


# pip's stand-in


def test_installed_packages_are_read_from_file_names(tmp_path: Path) -> None:
    for name in ("pulumi-3.272.0", "pulumi_docker-5.2.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
    assert installed([str(tmp_path), str(tmp_path / "absent")]) == {"pulumi": "3.272.0", "pulumi_docker": "5.2.0"}


def test_the_stand_in_answers_as_pip_does_and_hands_on_the_rest(tmp_path: Path) -> None:
    from tandem.engines.pulumi_backend import SHORTCUT

    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    (tmp_path / "pip" / "__main__.py").write_text("import sys\n\nprint('the real one:', *sys.argv[1:])\n")

    def ask(*words: str) -> str:
        environment = {**os.environ, "PYTHONPATH": f"{SHORTCUT}{os.pathsep}{tmp_path}"}
        command = [sys.executable, "-m", "pip", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    listed = {entry["name"] for entry in json.loads(ask("list", "--format", "json"))}
    assert {"pulumi", "pulumi_docker", "pulumi_command"} <= listed
    if "pip" in listed:
        assert ask("--version").startswith("pip ")
    assert ask("install", "--help") == "the real one: install --help\n"
