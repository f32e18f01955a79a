"""A machine that its own stack makes: what the command knows of it before, after the first run, and after the last."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from config.load import read_file
from config.reach import NOBODYS_KEY
from config.reached import Reached
from tandem.docker import DockerError
from tandem.exits import ENVIRONMENT, REFUSED, FailedRun, Stop
from tandem.hosts import arrival, hostkey, shell
from tandem.hosts.link import Link
from tandem.hosts.unmade import Nowhere, Unmade
from tandem.moves import up, update
from tandem.stack.options import Options
from tandem.stack.session import Session
from tests import stacks
from tests.unit.tandem.fakes import Bench

HOST = f"""\
  tandem:host:
    kind: gce
    project: acme-dev              # the project
    zone: europe-west3-c
    machine: e2-small
    data_disk: {{size: 20}}
    ssh:
      sources: [203.0.113.0/24]
      public_keys:
        - {stacks.PUBLIC_KEY}
"""
MADE = [
    {"type": arrival.RESERVED, "outputs": {"address": "198.51.100.7"}},
    {"type": arrival.HOST, "outputs": {"address": "198.51.100.7", "hostKey": stacks.HOST_KEY}},
]


class Knowing:
    """A bench's engine that also tells what it has made."""

    def __init__(self, engine: Any, made: Sequence[Mapping[str, Any]]) -> None:
        self.engine = engine
        self.made = made

    def resources(self) -> Sequence[Mapping[str, Any]]:
        return self.made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


@pytest.fixture
def shop(project: Path) -> Callable[..., Bench]:
    """A bench on a stack in Google Cloud; `more` lines of its host section, and what its engine knows."""

    def make(more: str = "", made: Sequence[Mapping[str, Any]] = MADE) -> Bench:
        file = project / "Pulumi.local.yaml"
        text = file.read_text(encoding="utf-8")
        local = "  tandem:host: {kind: local, min_free_gb: 1}\n"
        assert local in text
        file.write_text(text.replace(local, HOST + more), encoding="utf-8")
        bench = Bench(Options(directory=project))
        engine = Knowing(bench.fake_engine, made)
        for name in ("docker", "host"):
            bench.__dict__.pop(name)
        bench.__dict__.update(engine=engine)
        bench.arrive = lambda: None  # type: ignore[method-assign]
        return bench

    return make


def host(bench: Session) -> Any:
    return read_file(bench.stack.file)["host"]


def test_before_the_first_run_there_is_no_machine_and_nothing_is_asked(shop: Callable[..., Bench]) -> None:
    bench = shop()

    assert bench.link is None
    assert isinstance(bench.host, Unmade)
    assert isinstance(bench.docker, Nowhere)
    assert not bench.made
    assert (bench.host.engine(), bench.host.holder(), bench.truth().containers) == (None, None, ())
    assert bench.docker.containers({}) == []


@pytest.mark.parametrize("ask", [lambda bench: bench.docker.info(), lambda bench: bench.docker.image("demo:1")])
def test_whoever_needs_it_is_told_what_makes_it(shop: Callable[..., Bench], ask: Callable[[Bench], Any]) -> None:
    with pytest.raises(DockerError, match=r"the machine is not known here .* next: tandem up"):
        ask(shop())


def test_a_shell_on_it_and_its_host_key_say_the_same(shop: Callable[..., Bench]) -> None:
    bench = shop(made=[])
    with pytest.raises(Stop, match="next: tandem up") as refused:
        shell.machine(bench)
    assert refused.value.code == ENVIRONMENT
    with pytest.raises(Stop, match="next: tandem up"):
        hostkey.run(bench, replace=False, confirm=lambda _: None, told=lambda _: None)


def test_with_address_and_key_it_is_a_machine_behind_ssh(shop: Callable[..., Bench]) -> None:
    bench = shop(f"    address: 198.51.100.7\n    host_key: {stacks.HOST_KEY}\n")

    assert bench.made
    assert bench.link is not None
    reached = bench.link.host
    assert isinstance(reached, Reached)
    assert (reached.address, reached.user, reached.port, reached.tunnel) == ("198.51.100.7", "deploy", 22, None)
    assert shell.machine(bench) == reached


def test_a_good_first_run_writes_address_and_key_and_tells_the_fingerprint(shop: Callable[..., Bench]) -> None:
    bench = shop()
    before = bench.text
    up.up(bench)

    assert host(bench)["address"] == "198.51.100.7"
    assert host(bench)["host_key"] == stacks.HOST_KEY
    assert bench.text.startswith(before.split("  tandem:host")[0])
    assert "# the project" in bench.text
    assert "host.address is 198.51.100.7 from now on" in bench.out.getvalue()
    assert "SHA256:" in bench.out.getvalue()


def test_a_run_that_failed_writes_the_address_only_so_that_the_next_one_begins_anew(shop: Callable[..., Bench]) -> None:
    bench = shop()
    bench.fake_engine.breaks.add("cleanup")
    with pytest.raises(FailedRun):
        up.up(bench)

    assert host(bench)["address"] == "198.51.100.7"
    assert "host_key" not in host(bench)


def test_a_deploy_makes_the_machine_first(shop: Callable[..., Bench]) -> None:
    bench = shop()
    up.machine_first(bench)

    assert bench.fake_engine.runs[-1] == "up"
    assert host(bench)["host_key"] == stacks.HOST_KEY
    assert "the machine is not there yet: first `tandem up`" in bench.out.getvalue()


def test_a_run_that_made_no_address_writes_nothing(shop: Callable[..., Bench]) -> None:
    bench = shop(made=[{"type": arrival.HOST, "outputs": {"hostKey": NOBODYS_KEY}}, {"type": arrival.RESERVED}])
    before = bench.text
    arrival.learn(bench, good=True)

    assert bench.text == before


def test_what_the_file_says_already_stays(shop: Callable[..., Bench]) -> None:
    bench = shop("    address: 203.0.113.9\n")
    arrival.learn(bench, good=True)

    assert host(bench)["address"] == "203.0.113.9"
    assert host(bench)["host_key"] == stacks.HOST_KEY


def test_host_key_finds_the_address_of_a_machine_that_the_stack_has_made(
    shop: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = shop()
    monkeypatch.setattr(hostkey, "offered", lambda machine: [stacks.HOST_KEY])
    questions: list[str] = []
    hostkey.run(bench, replace=False, confirm=questions.append, told=lambda _: None)

    assert "for 198.51.100.7:22" in questions[0]
    assert host(bench)["host_key"] == stacks.HOST_KEY


@pytest.mark.parametrize(("code", "made"), [(0, True), (1, False)])
def test_a_machine_that_no_up_has_come_to_its_end_on_is_still_to_come(
    shop: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, code: int, made: bool
) -> None:
    asked: list[str] = []

    def answer(_link: Link, command: str, **_: Any) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, code, b"", b"")

    monkeypatch.setattr(Link, "run", answer)
    bench = shop(f"    address: 198.51.100.7\n    host_key: {stacks.HOST_KEY}\n")
    arrival.look(bench)

    assert asked == ["test -s /var/lib/tandem/shop-local/engine"]
    assert bench.made is made


def test_a_destroyed_stack_forgets_its_machine(shop: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    bench = shop(f"    address: 198.51.100.7\n    host_key: {stacks.HOST_KEY}\n    hardening: true\n")
    bench.__dict__.update(host=bench.fake_host, docker=bench.fake_docker)
    update.destroy(bench, data=False)

    assert {"address", "host_key"} & set(host(bench)) == set()
    assert host(bench)["hardening"] is True
    assert "are gone with the machine" in bench.out.getvalue()


def test_a_protected_stack_is_not_destroyed_and_nothing_is_begun(shop: Callable[..., Bench]) -> None:
    protected = {"type": arrival.RESERVED, "urn": "urn:pulumi:prod::shop::x::host-address", "protect": True}
    bench = shop(made=[*MADE, protected])
    with pytest.raises(Stop, match="host-address: protected, so nothing was changed") as stopped:
        update.destroy(bench, data=False)

    assert stopped.value.code == REFUSED
    assert bench.fake_engine.runs == []
