"""The deploy key of an instance is rotated by the real engine: in place, and never locked out."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import copy2

import pytest

from tests.google import needs
from tests.google.fake import GoogleError, fake
from tests.google.instance import Agent, as_instance
from tests.google.project import GoogleProject, google_project, summary
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind

__all__ = ["swept"]

pytestmark = needs.A_MACHINE


@pytest.fixture(scope="module")
def shop(swept: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleProject]:
    """A stack that is up, opened by a key of its own."""
    folder = tmp_path_factory.mktemp("rotate")
    with a_machine(Kind()) as machine, fake() as google, as_instance(machine) as agent:
        machine.load("tandem-gateway:local")
        key = folder / "key"
        for name in (machine.key, machine.key.with_suffix(".pub")):
            copy2(name, folder / name.name)
        with google_project(folder, google, agent, profile="dev", ssh=door(agent, key)) as made:
            made.ok("up")
            yield made


def door(agent: Agent, key: Path) -> dict[str, object]:
    machine = agent.machine
    return {
        "sources": ["127.0.0.1/32"],
        "key": str(key),
        "public_keys": [machine.public_key],
        "port": machine.port,
    }


def half(key: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:2])


def metadata(shop: GoogleProject) -> str:
    return next(str(item["value"]) for item in shop.instance["metadata"]["items"] if item["key"] == "ssh-keys")


def in_file(shop: GoogleProject) -> list[str]:
    keys: list[str] = shop.said()["tandem:host"]["ssh"]["public_keys"]
    return [" ".join(key.split()[:2]) for key in keys]


def test_when_google_says_no_the_key_in_use_stays_and_the_next_run_ends_it(shop: GoogleProject) -> None:
    key = shop.directory / "key"
    before = half(key)
    shop.google.faults.fail("compute.instances.setMetadata", GoogleError(403, "forbidden", "no keys today"), times=99)
    refused = shop.run("rotate-key", "--yes")
    shop.google.faults.clear()

    assert refused.code != 0
    assert "no keys today" in refused.text
    assert half(key) == before
    assert shop.ok("ssh", "--", "true").code == 0

    waiting = shop.run("rotate-key", "--yes")
    assert "next: tandem up, then tandem rotate-key" in waiting.text
    shop.ok("up")


def test_a_new_key_is_an_update_of_metadata_and_the_old_one_is_out(shop: GoogleProject) -> None:
    key, identity = shop.directory / "key", shop.instance["id"]
    before, boots = half(key), shop.agent.boots
    shop.ok("rotate-key", "--yes")
    after = half(key)

    assert after != before
    assert in_file(shop) == [after]
    assert after in metadata(shop)
    assert before not in metadata(shop)
    assert (shop.instance["id"], shop.agent.boots) == (identity, boots)
    assert shop.ok("ssh", "--", "id", "-un").out.strip() == "deploy"
    assert summary(shop.ok("up", "--json")) == {}
