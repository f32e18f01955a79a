"""What the host's Docker is asked to pull, as who, how often, and what is said when a registry says no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tandem.docker import Image, images, pulls
from tandem.docker.patience import WAITS, Patience
from tandem.docker.registry import Manifest
from tandem.engines.offline.resources import docker
from tandem.exits import ENVIRONMENT, Stop
from tandem.stack.options import Options
from tests.unit.tandem.fakes import Bench, write_project

PASSWORD = "hunter2-canary"
REGISTRIES = "  tandem:registries: {ghcr.io: {user: acme, password: GHCR_TOKEN}}\n"
PRIVATE = "ghcr.io/acme/web:1"
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


class Daemon:
    """A Docker Engine that notes who asked it to pull."""

    asked: list[tuple[str, str, docker.Login | None]]
    refuses = ""
    times = 1000
    """How often it says so."""

    def __init__(self, host: str) -> None:
        self.host = host

    def pull_image(self, image: str, login: docker.Login | None = None) -> None:
        type(self).asked.append((self.host, image, login))
        if self.refuses and len(type(self).asked) <= self.times:
            raise docker.DockerError(self.refuses)

    def ask_registry(self, image: str, login: docker.Login | None = None) -> dict[str, Any]:
        self.pull_image(image, login)
        return {"Descriptor": {"digest": "sha256:" + "a" * 64}}

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> type[Daemon]:
    class Fresh(Daemon):
        asked: list[tuple[str, str, docker.Login | None]] = []  # noqa: RUF012

    monkeypatch.setattr(docker, "Daemon", Fresh)
    return Fresh


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("GHCR_TOKEN", PASSWORD)
    return Bench(Options(directory=write_project(tmp_path, REGISTRIES)))


def test_a_private_image_is_pulled_on_the_host_with_the_stacks_own_login(bench: Bench, daemon: type[Daemon]) -> None:
    pulls.pull(bench, PRIVATE)
    assert daemon.asked == [("unix:///fake.sock", PRIVATE, docker.Login("acme", PASSWORD))]


@pytest.mark.parametrize("image", ["demo:1", "docker.io/library/demo:1", "quay.io/acme/web:1"])
def test_other_registries_are_not_told_anything(image: str, bench: Bench, daemon: type[Daemon]) -> None:
    bench.fake_docker.pullable[image] = Image("sha256:" + "b" * 64)
    pulls.pull(bench, image)
    assert daemon.asked == []
    assert bench.fake_docker.pulled == [image]


def test_a_tag_becomes_a_digest_by_that_pull(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "ghcr.io/acme/web@sha256:" + "a" * 64

    class Arrives(Daemon):
        def pull_image(self, image: str, login: docker.Login | None = None) -> None:
            bench.fake_docker.images[image] = Image("sha256:" + "b" * 64, (digest,))

    monkeypatch.setattr(docker, "Daemon", Arrives)
    bench.registry[PRIVATE] = Manifest("sha256:" + "a" * 64)
    assert images.resolve(PRIVATE, bench.supply, skip_pull=False, say=lambda _: None) == digest
    assert bench.fake_docker.pulled == []


def test_a_refusal_is_in_the_registrys_words_and_without_the_password(bench: Bench, daemon: type[Daemon]) -> None:
    daemon.refuses = f"denied: {PASSWORD} is no token"

    with pytest.raises(Stop, match=r"denied: \[secret\] is no token\n.*look at what GHCR_TOKEN may do") as stop:
        pulls.pull(bench, PRIVATE)
    assert stop.value.code == ENVIRONMENT
    assert len(daemon.asked) == 1


def test_what_no_registry_lets_one_have_is_named_with_what_to_do(bench: Bench) -> None:
    with pytest.raises(Stop, match=r"cannot be pulled: pull access denied[^\n]*\n.*docker build -t demo:9") as stop:
        pulls.pull(bench, "demo:9")
    assert stop.value.code == ENVIRONMENT


@pytest.fixture
def waits(bench: Bench) -> list[float]:
    """The seconds that the bench would have waited."""
    waited: list[float] = []
    bench.__dict__["patience"] = Patience(bench.show.say, waited.append)
    return waited


PASSES = ("toomanyrequests: slow down", "received unexpected HTTP status: 503 Service Unavailable")


@pytest.mark.parametrize("said", PASSES)
def test_a_registry_that_is_busy_or_out_of_order_is_asked_again(
    said: str, bench: Bench, daemon: type[Daemon], waits: list[float]
) -> None:
    daemon.refuses, daemon.times = said, 2

    assert pulls.manifest(bench, PRIVATE).digest == "sha256:" + "a" * 64
    assert waits == list(WAITS[:2])
    assert f"ghcr.io: {said}; another try in 1 s" in bench.out.getvalue()


@pytest.mark.parametrize("said", PASSES)
def test_one_that_stays_so_is_lost_patience_with_once(
    said: str, bench: Bench, daemon: type[Daemon], waits: list[float]
) -> None:
    daemon.refuses = said
    for image in (PRIVATE, "ghcr.io/acme/admin:1"):
        with pytest.raises(Stop, match=f"{image} is not on this machine and cannot be pulled: {said}\n") as stop:
            pulls.pull(bench, image)
        assert stop.value.code == ENVIRONMENT

    assert waits == list(WAITS)
    assert len(daemon.asked) == len(WAITS) + 2


def test_a_password_that_is_not_there_is_named(
    bench: Bench, daemon: type[Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GHCR_TOKEN")

    with pytest.raises(Stop, match="secret GHCR_TOKEN: not in the environment"):
        pulls.pull(bench, PRIVATE)
    assert daemon.asked == []


@pytest.fixture
def ecr(tmp_path: Path) -> Bench:
    """A registry whose token a command makes, which notes that it was asked."""
    (tmp_path / "token").write_text(f"#!/bin/sh\necho . >> {tmp_path}/asked\necho {PASSWORD}\n")
    (tmp_path / "token").chmod(0o755)
    registries = f"  tandem:registries: {{{ECR}: {{user: AWS, password_command: [{tmp_path}/token]}}}}\n"
    return Bench(Options(directory=write_project(tmp_path, registries)))


def asked(bench: Bench) -> bool:
    assert bench.options.directory
    return (bench.options.directory / "asked").is_file()


def test_a_token_of_a_command_goes_with_the_pull(ecr: Bench, daemon: type[Daemon]) -> None:
    pulls.pull(ecr, f"{ECR}/web:1")
    assert daemon.asked == [("unix:///fake.sock", f"{ECR}/web:1", docker.Login("AWS", PASSWORD))]


def test_only_what_the_host_lacks_of_such_a_registry_is_pulled_before_the_engine_runs(
    ecr: Bench, daemon: type[Daemon]
) -> None:
    there, elsewhere = f"{ECR}/web:1", "ghcr.io/acme/web:1"
    ecr.fake_docker.images[there] = Image("sha256:" + "b" * 64)

    pulls.pull_missing(ecr, [there, elsewhere, "demo:9"])
    assert not asked(ecr)

    pulls.pull_missing(ecr, [there, f"{ECR}/web:2"])
    assert [image for _, image, _ in daemon.asked] == [f"{ECR}/web:2"]


def test_a_command_without_a_token_is_the_environments_fault(ecr: Bench, daemon: type[Daemon]) -> None:
    assert ecr.options.directory
    (ecr.options.directory / "token").write_text("#!/bin/sh\necho 'Unable to locate credentials' >&2; exit 255\n")

    with pytest.raises(Stop, match=rf"registries.{ECR}.password_command: .*255: Unable to locate credentials") as stop:
        pulls.pull_missing(ecr, [f"{ECR}/web:1"])
    assert stop.value.code == 5
    assert daemon.asked == []
