"""The offline engine does what the real one did, on the recorded story; where the CLI is, the real one is asked again.

`TANDEM_GOLDEN=write` with the CLI on PATH records anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import names
from tandem.engines import Engine, EngineError, StackRef
from tests.e2e.project import STACK, docker, project
from tests.parity import by_hand
from tests.parity.story import STORY, tell

RECORDED = Path(__file__).with_name("recorded.json")
WITHOUT_CLI = "the pulumi CLI is not on PATH: the recorded operations stand unrefreshed"

pytestmark = pytest.mark.parity


@pytest.fixture(scope="module", autouse=True)
def demo_images() -> None:
    docker("image", "inspect", "demo:1", "demo:2", "demo:3", "demo:crash")


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RECORDED.read_text())
    return found


@pytest.mark.timeout(600)
def test_the_offline_engine_makes_the_recorded_operations(tmp_path: Path) -> None:
    with project(tmp_path, engine="offline") as made:
        assert tell(made) == recorded()["steps"]


@pytest.mark.timeout(600)
def test_the_offline_engine_follows_a_file_edited_by_hand_as_recorded(tmp_path: Path) -> None:
    with project(tmp_path, engine="offline") as made:
        assert by_hand.tell(made, _engine("offline", tmp_path, made.name, STACK, names.ROOT)) == recorded()["by_hand"]


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("pulumi") is None, reason=WITHOUT_CLI)
def test_the_real_engine_still_makes_them(tmp_path: Path) -> None:
    with project(tmp_path, engine="pulumi") as made:
        told = tell(made)

    assert told == refreshed("steps", told)


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("pulumi") is None, reason=WITHOUT_CLI)
def test_the_real_engine_still_follows_a_file_edited_by_hand_so(tmp_path: Path) -> None:
    with project(tmp_path, engine="pulumi") as made:
        told = by_hand.tell(made, _engine("pulumi", tmp_path, made.name, STACK, names.ROOT))

    assert told == refreshed("by_hand", told)


def refreshed(story: str, told: dict[str, list[str]]) -> Any:
    """The recorded operations of a story; written anew first where that is asked for."""
    if os.environ.get("TANDEM_GOLDEN") == "write":
        RECORDED.write_text(json.dumps({**recorded(), **_recorded_with(), story: told}, indent=1) + "\n")
    return recorded()[story]


def test_the_record_says_when_and_with_what_it_was_made() -> None:
    assert recorded().keys() == {"date", "cli", "sdk", "plugins", "steps", "by_hand"}
    assert list(recorded()["steps"]) == [step for step, _ in STORY]
    assert list(recorded()["by_hand"])[-1] == "destroy"


def _recorded_with() -> dict[str, Any]:
    cli = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    pins = dict(
        line.split("#")[0].strip().split("==") for line in (names.ROOT / "requirements.txt").read_text().splitlines()
        if line.startswith("pulumi")
    )  # fmt: skip
    plugins = {name: pins[f"pulumi-{name}"] for name in ("docker", "command")}
    return {"date": time.strftime("%Y-%m-%d"), "cli": cli, "sdk": pins["pulumi"], "plugins": plugins}


def _engine(kind: str, directory: Path, project_name: str, stack: str, program: Path) -> Engine:
    ref = StackRef(directory=directory, project=project_name, stack=stack, program=program)
    if kind == "offline":
        from tandem.engines.offline import OfflineEngine

        return OfflineEngine(ref)
    from tandem.engines.pulumi import PulumiEngine

    return PulumiEngine(ref, local=True)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Path]:
    """A project of the guarded program; its stack folder goes away afterwards."""
    main = os.path.relpath(Path(__file__).parent / "guarded", tmp_path)
    (tmp_path / "Pulumi.yaml").write_text(
        f"name: {tmp_path.name.replace('_', '-')}\nmain: {main}\nruntime:\n  name: python\n"
        f"  options: {{toolchain: pip, virtualenv: {names.ROOT / '.venv'}}}\n"
    )
    yield tmp_path
    shutil.rmtree(names.stack_directory(tmp_path.name.replace("_", "-"), "guarded"), ignore_errors=True)


@pytest.mark.parametrize("kind", ["offline", "pulumi"])
def test_a_guard_that_refuses_keeps_what_it_guards(guarded: Path, kind: str) -> None:
    if kind == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip(WITHOUT_CLI)
    engine = _engine(kind, guarded, guarded.name.replace("_", "-"), "guarded", Path(__file__).parent / "guarded")
    file = guarded / "Pulumi.guarded.yaml"
    file.write_text("config:\n  tandem:there: true\n")
    engine.up(lambda _: None)
    file.write_text("config:\n  tandem:there: false\n")

    for _ in range(2):
        with pytest.raises(EngineError) as refused:
            engine.up(lambda _: None)
        assert [failure.name for failure in refused.value.failures] == ["guard"]
        assert "thing serves" in refused.value.failures[0].message

    file.write_text("config:\n  tandem:there: true\n")
    again = engine.up(lambda _: None)
    assert {operation: count for operation, count in again.counts.items() if count and operation != "same"} == {}
