"""An instance that is made anew on purpose: what its boot disk had is gone, what is on the data disk is there again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tandem.exits import REFUSED
from tests.google import needs
from tests.google.documents import Json
from tests.google.fake import fake
from tests.google.instance import Agent, as_instance
from tests.google.project import GoogleProject, google_project, summary
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind
from tests.ssh.conftest import IMAGES

__all__ = ["swept"]

pytestmark = needs.A_MACHINE

WIPE = """
docker ps -aq | xargs -r docker rm -f
docker network prune -f
rm -rf /etc/tandem /usr/local/lib/tandem /run/tandem-ground
"""
"""What is not on the data disk."""


class Anew:
    """The agent of an instance each of whose first boots finds a new boot disk."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.known: set[str] = set()

    def __call__(self, instance: Json, boots: bool) -> None:
        if instance["id"] not in self.known:
            if self.known:
                self.agent.machine.sh(WIPE)
            self.known.add(instance["id"])
        self.agent(instance, boots)


@pytest.fixture(scope="module")
def shop(swept: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleProject]:
    """An unprotected stack whose app serves."""
    with a_machine(Kind()) as machine, fake() as google, as_instance(machine) as agent:
        machine.load(*IMAGES)
        with google_project(tmp_path_factory.mktemp("anew"), google, agent, profile="dev") as made:
            google.world.agent = Anew(agent)
            made.ok("deploy", "web", "demo:1")
            yield made


def test_without_protection_the_gate_stands_before_up_and_deploy(shop: GoogleProject) -> None:
    before, changes = shop.file.read_text(encoding="utf-8"), shop.google.changes()
    shop.edit("host", boot_disk={"size": 20, "type": "pd-ssd"})
    refused = [shop.run("up"), shop.run("deploy", "web", "demo:2")]
    shop.file.write_text(before, encoding="utf-8")

    for run in refused:
        assert run.code == REFUSED, run.text
        assert "host-machine: the machine would be replaced by bootDisk.initializeParams." in run.text
    assert shop.google.changes() == changes
    assert shop.served_by()[0] == 200


def test_everything_on_it_is_made_anew_and_serves_and_its_data_is_there(shop: GoogleProject) -> None:
    machine, identity = shop.agent.machine, shop.instance["id"]
    machine.sh("echo mine >/mnt/tandem/state/mine")
    shop.edit("host", boot_disk={"size": 20, "type": "pd-ssd"})
    shop.ok("up", "--allow", "host-machine")

    assert shop.instance["id"] != identity
    assert shop.served_by()[0] == 200
    assert machine.sh("cat /var/lib/tandem/mine") == "mine"
    assert summary(shop.ok("up", "--json")) == {}


def test_destroy_asks_a_machine_that_goes_for_nothing(shop: GoogleProject) -> None:
    shop.ok("destroy", "--yes")

    assert "address" not in shop.said()["tandem:host"]
    assert not [key for key in shop.google.world.resources if "/instances/" in key[1]]
