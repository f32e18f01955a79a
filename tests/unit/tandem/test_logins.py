"""Who the command is to registries that ask, for one pull at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tandem import images, logins
from tandem.docker import DockerError, Image
from tandem.engines.offline.resources import docker
from tandem.exits import Stop
from tandem.options import Options
from tests.unit.tandem.fakes import Bench, write_project

PASSWORD = "hunter2-canary"
REGISTRIES = "  tandem:registries: {ghcr.io: {user: acme, password: GHCR_TOKEN}}\n"
PRIVATE = "ghcr.io/acme/web:1"


class Daemon:
    """A Docker Engine that notes who asked it to pull."""

    asked: list[tuple[str, str, docker.Login | None]]
    refuses = ""

    def __init__(self, host: str) -> None:
        self.host = host

    def pull_image(self, image: str, login: docker.Login | None = None) -> None:
        type(self).asked.append((self.host, image, login))
        if self.refuses:
            raise docker.DockerError(self.refuses)

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
    assert logins.pull(bench, PRIVATE)
    assert daemon.asked == [("unix:///fake.sock", PRIVATE, docker.Login("acme", PASSWORD))]


@pytest.mark.parametrize("image", ["demo:1", "docker.io/library/demo:1", "quay.io/acme/web:1"])
def test_other_registries_are_not_told_anything(image: str, bench: Bench, daemon: type[Daemon]) -> None:
    assert not logins.pull(bench, image)
    assert daemon.asked == []


def test_a_tag_becomes_a_digest_by_that_pull(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "ghcr.io/acme/web@sha256:" + "a" * 64

    class Arrives(Daemon):
        def pull_image(self, image: str, login: docker.Login | None = None) -> None:
            bench.fake_docker.images[image] = Image("sha256:" + "b" * 64, (digest,))

    monkeypatch.setattr(docker, "Daemon", Arrives)
    assert images.resolve(PRIVATE, bench.supply, skip_pull=False, say=lambda _: None) == digest
    assert bench.fake_docker.pulled == []


def test_a_refusal_is_in_the_registrys_words_and_without_the_password(bench: Bench, daemon: type[Daemon]) -> None:
    daemon.refuses = f"denied: {PASSWORD} is no token"

    with pytest.raises(DockerError, match=r"denied: \[secret\] is no token"):
        logins.pull(bench, PRIVATE)


def test_a_password_that_is_not_there_is_named(
    bench: Bench, daemon: type[Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GHCR_TOKEN")

    with pytest.raises(Stop, match="secret GHCR_TOKEN: not in the environment"):
        logins.pull(bench, PRIVATE)
    assert daemon.asked == []
