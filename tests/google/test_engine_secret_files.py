"""Secrets as files in Google Cloud, on the real engine: one that the stack keeps there, and the key of its bucket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.canary import Canary, proved
from tests.e2e.project import until
from tests.google import needs
from tests.google.fake import fake
from tests.google.instance import as_instance
from tests.google.project import GoogleProject, google_project
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind

__all__ = ["swept"]

pytestmark = needs.A_MACHINE


@pytest.fixture(scope="module")
def canary() -> Canary:
    """The value in the stack file, encrypted."""
    return Canary()


@pytest.fixture(scope="module")
def shop(swept: None, tmp_path_factory: pytest.TempPathFactory, canary: Canary) -> Iterator[GoogleProject]:
    """A stack that keeps one secret at Google, with an app that has it, and a bucket's key, as files."""
    with a_machine(Kind()) as machine, fake() as google:
        machine.load("demo:1", "demo:2", "tandem-gateway:local")
        with (
            as_instance(machine) as agent,
            google_project(tmp_path_factory.mktemp("shop"), google, agent, profile="dev") as made,
        ):
            made.edit("apps", web={**made.said()["tandem:apps"]["web"], "secrets": ["API_TOKEN"], "delivery": "files"})
            made.cli.ok("stack", "init")
            made.cli.ok("config", "set", "--path", "tandem:secrets.source", "gcp")
            made.cli.ok("config", "set", "--secret", "secrets:API_TOKEN", canary.value)
            yield made


def test_the_app_has_both_as_files(shop: GoogleProject, canary: Canary) -> None:
    ran = shop.ok("deploy", "web", "demo:1")

    assert proved(shop.port, canary) == "file"
    (box,) = shop.containers().values()
    machine = shop.agent.machine
    assert machine.sh(f"docker exec {box} cat /run/secrets/AWS_SHARED_CREDENTIALS").startswith("[default]\naws_access")
    assert not canary.is_in(ran.text)


def test_neither_is_on_a_disk_or_in_the_state(shop: GoogleProject, canary: Canary) -> None:
    machine = shop.agent.machine
    (box,) = shop.containers().values()
    key = Canary(machine.sh(f"docker exec {box} cat /run/secrets/STORAGE_MEDIA_SECRET_ACCESS_KEY"))

    assert (canary.on_disk(machine)[0], key.on_disk(machine)[0]) == ([], [])
    assert canary.files(shop.directory) + key.files(shop.directory) == []


def serves_again(shop: GoogleProject, canary: Canary) -> None:
    """Nobody has said anything to it since it was switched on."""
    shop.agent.machine.wait()
    until(lambda: shop.served_by()[0] == 200)
    assert proved(shop.port, canary) == "file"
    (box,) = shop.containers().values()
    key = shop.agent.machine.sh(f"docker exec {box} cat /run/secrets/AWS_SHARED_CREDENTIALS")
    assert key.startswith("[default]\naws_access")


def test_a_reboot_brings_them_back_before_docker_starts_by_what_is_on_the_data_disk(
    shop: GoogleProject, canary: Canary
) -> None:
    machine, requests = shop.agent.machine, len(shop.google.log)
    machine.reboot()
    serves_again(shop, canary)

    assert machine.sh("findmnt -n -o SOURCE /var/lib/tandem").endswith("[/state]")
    began = [
        int(machine.sh(f"systemctl show -P {moment} {unit}"))
        for unit, moment in (
            ("tandem-secrets", "ActiveEnterTimestampMonotonic"),
            ("docker", "ExecMainStartTimestampMonotonic"),
        )
    ]
    assert 0 < began[0] < began[1]
    assert len(shop.google.log) == requests, "the machine asks Google for no secret"


def test_a_power_cut_does_too(shop: GoogleProject, canary: Canary) -> None:
    shop.agent.machine.cut_power()
    shop.agent.machine.start()

    serves_again(shop, canary)


def test_after_a_rotation_and_a_reboot_each_release_has_its_own(shop: GoogleProject, canary: Canary) -> None:
    rotated = Canary()
    shop.cli.ok("config", "set", "--secret", "secrets:API_TOKEN", rotated.value)
    shop.ok("deploy", "web", "demo:2")
    assert proved(shop.port, rotated) == "file"

    shop.agent.machine.reboot()
    shop.agent.machine.wait()
    until(lambda: shop.served_by()[0] == 200)
    assert proved(shop.port, rotated) == "file"
    shop.ok("rollback", "web")
    assert proved(shop.port, canary) == "file"
