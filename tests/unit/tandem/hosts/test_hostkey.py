from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from config.load import read_file
from tandem.exits import ENVIRONMENT, USAGE, Stop
from tandem.hosts import hostkey
from tandem.hosts.hostkey import Machine
from tests.unit.tandem.fakes import Bench

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID1Kg9Qt/xhC6NPFoJAOvlGpyB2ZDdN1XQ+RmzaxNdzI"
ED_SAYS = "SHA256:MeD/bpK5J7dTXKgUk8cX74PIl1Dajh0BIyC7/My4xe0"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfcMJgYIQbtuVBLqcdCTprIbXC7G5YdZc3UqeKtxIhs"
OTHER_SAYS = "SHA256:y5mr1a1sIPHEUixOTL5yHf+wAVsCDHBepFOq5UPV83U"

HOST = "  tandem:host:\n    kind: ssh\n    address: 203.0.113.7\n    user: deploy\n"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the machines show, by name."""
    keys = {"host": [ED], "bastion": [OTHER]}
    monkeypatch.setattr(hostkey, "offered", lambda machine: keys[machine.name])
    return keys


@pytest.fixture
def far(project: Path) -> Callable[..., Bench]:
    """A bench on a stack whose host section is `section`."""

    def make(section: str = HOST, **options: Any) -> Bench:
        (project / "Pulumi.local.yaml").write_text(f"config:\n  tandem:profile: local\n{section}", encoding="utf-8")
        from tandem.stack.options import Options

        return Bench(Options(directory=project, **options))

    return make


def run(bench: Bench, *, replace: bool = False) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Runs it saying yes; the questions, and what programs are told."""
    questions: list[str] = []
    told: list[Mapping[str, Any]] = []
    hostkey.run(bench, replace=replace, confirm=questions.append, told=told.append)
    json.dumps(told)
    return questions, told


def section(bench: Bench) -> Any:
    return read_file(bench.stack.file)["host"]


def test_the_first_time_the_key_is_shown_asked_about_and_pinned(
    far: Callable[..., Bench], shown: dict[str, list[str]]
) -> None:
    bench = far()
    questions, told = run(bench)
    assert questions == [f"Pin ssh-ed25519 {ED_SAYS} for 203.0.113.7:22 in Pulumi.local.yaml?"]
    assert section(bench)["host_key"] == ED
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in bench.out.getvalue()
    assert (told[0]["same"], told[0]["written"]) == (None, True)


def test_the_pinned_key_is_compared_and_nothing_asked(far: Callable[..., Bench], shown: dict[str, list[str]]) -> None:
    bench = far(f"{HOST}    host_key: {ED}\n")
    questions, told = run(bench)
    assert questions == []
    assert (told[0]["same"], told[0]["written"]) == (True, False)
    assert "the same as Pulumi.local.yaml pins" in bench.out.getvalue()


def test_another_key_is_an_error_with_both_fingerprints_and_nothing_is_written(
    far: Callable[..., Bench], shown: dict[str, list[str]]
) -> None:
    bench = far(f"{HOST}    host_key: {OTHER}\n")
    before = bench.text
    with pytest.raises(Stop, match=r"(?s)another host key.*--replace") as refused:
        run(bench)
    assert refused.value.code == ENVIRONMENT
    assert OTHER_SAYS in str(refused.value)
    assert ED_SAYS in str(refused.value)
    assert bench.text == before


def test_replace_pins_what_is_shown_after_saying_what_is_different(
    far: Callable[..., Bench], shown: dict[str, list[str]]
) -> None:
    bench = far(f"{HOST}    host_key: {OTHER}\n")
    questions, _ = run(bench, replace=True)
    assert len(questions) == 1
    assert section(bench)["host_key"] == ED
    assert OTHER_SAYS in bench.errors.getvalue()


def test_a_pin_that_is_cut_off_is_no_obstacle(far: Callable[..., Bench], shown: dict[str, list[str]]) -> None:
    bench = far(f"{HOST}    host_key: {ED[:39]}\n")
    with pytest.raises(Stop, match="not a whole key"):
        run(bench)
    run(bench, replace=True)
    assert section(bench)["host_key"] == ED


def test_a_bastion_is_pinned_before_the_host_behind_it(
    far: Callable[..., Bench], shown: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Machine] = []

    def offered(machine: Machine) -> list[str]:
        asked.append(machine)
        return shown[machine.name]

    monkeypatch.setattr(hostkey, "offered", offered)
    bench = far(f"{HOST}    bastion:\n      address: 203.0.113.1\n      user: jump\n")
    questions, _ = run(bench)
    assert [machine.name for machine in asked] == ["bastion", "host"]
    assert (asked[0].host.address, asked[0].host.user, asked[0].host.bastion) == ("203.0.113.1", "jump", None)
    assert asked[1].host.bastion is not None
    assert asked[1].host.bastion.host_key == OTHER, "the host is reached by the pin that was just written"
    assert len(questions) == 2
    assert section(bench)["bastion"]["host_key"] == OTHER


def test_a_dry_run_shows_the_line_and_writes_nothing(far: Callable[..., Bench], shown: dict[str, list[str]]) -> None:
    bench = far(dry_run=True)
    before = bench.text
    questions, _ = run(bench)
    assert questions == []
    assert f'+    host_key: "{ED}"' in bench.out.getvalue()
    assert bench.text == before


def test_nothing_is_written_when_the_answer_is_no(far: Callable[..., Bench], shown: dict[str, list[str]]) -> None:
    bench = far()
    before = bench.text

    def no(_question: str) -> None:
        raise Stop("not confirmed; nothing was changed", USAGE)

    with pytest.raises(Stop, match="not confirmed"):
        hostkey.run(bench, replace=False, confirm=no, told=lambda _said: None)
    assert bench.text == before


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("  tandem:host: {kind: local}\n", "this machine itself"),
        ("  tandem:gateway: {}\n", "this machine itself"),
        ("  tandem:host: {kind: ssh, user: deploy}\n", r"host\.address"),
        (HOST + "    port: 0\n", r"host\.port"),
        (HOST + "    bastion: {user: jump}\n", r"host\.bastion\.address"),
    ],
)
def test_what_is_missing_to_get_there_is_named(far: Callable[..., Bench], section: str, words: str) -> None:
    with pytest.raises(Stop, match=words) as refused:
        run(far(section))
    assert refused.value.code == USAGE


def test_ssh_is_told_to_remember_nothing_and_to_log_nobody_in(far: Callable[..., Bench], tmp_path: Path) -> None:
    machine = hostkey.read(far().stack, "host")
    assert machine is not None
    argv = hostkey.argv(machine.host, hostkey.ASKED[0], tmp_path / "seen")
    first: dict[str, str] = {}
    for word in argv[2::2]:
        name, _, value = word.partition("=")
        first.setdefault(name, value)
    assert (first["PreferredAuthentications"], first["ControlPath"]) == ("none", "none")
    assert first["UserKnownHostsFile"] == str(tmp_path / "seen")
    assert first["StrictHostKeyChecking"] == "no"
    assert first["KnownHostsCommand"] == "none"
