"""From nothing to a serving app, by the real engine and Google plugin: the fake is Google, a machine is the VM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tandem.exits import REFUSED
from tests import load
from tests.e2e.project import APP
from tests.google import needs
from tests.google.fake import Fake, fake
from tests.google.instance import Agent, as_instance
from tests.google.project import GoogleProject, google_project, summary
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind
from tests.ssh.conftest import IMAGES

__all__ = ["swept"]

pytestmark = needs.A_MACHINE


@pytest.fixture(scope="module")
def agent(swept: None) -> Iterator[Agent]:
    """A machine in the role of the instance, with the images."""
    with a_machine(Kind()) as machine:
        machine.load(*IMAGES)
        with as_instance(machine) as made:
            yield made


@pytest.fixture(scope="module")
def google() -> Iterator[Fake]:
    with fake() as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, google: Fake, agent: Agent) -> Iterator[GoogleProject]:
    """A prod stack that all stories of this file tell further, in their order."""
    with google_project(tmp_path_factory.mktemp("shop"), google, agent) as made:
        yield made


def test_one_command_makes_the_machine_and_deploys_onto_it(shop: GoogleProject) -> None:
    ran = shop.ok("deploy", "web", "demo:1")

    assert shop.served_by()[0] == 200
    assert shop.instance["status"] == "RUNNING"
    assert shop.agent.boots == 1
    assert shop.agent.machine.sh("findmnt -n -o FSTYPE /mnt/tandem") == "ext4"
    assert shop.said()["tandem:host"]["address"] == shop.agent.machine.address, ran.text
    assert shop.said()["tandem:host"]["host_key"] == shop.agent.machine.host_key


def test_the_second_time_nothing_changes(shop: GoogleProject) -> None:
    before = shop.google.changes()
    again = shop.ok("up", "--json")

    assert summary(again) == {}
    assert shop.google.changes() == before


def test_a_refresh_finds_google_as_the_state_says(shop: GoogleProject) -> None:
    shop.cli.ok("preview", "--refresh", "--expect-no-changes", *_config(shop))


def _config(shop: GoogleProject) -> list[str]:
    return ["--config-file", str(shop.file)]


def test_deploys_lose_nothing_and_ask_google_for_nothing(shop: GoogleProject) -> None:
    before = shop.google.changes()
    with load.background(shop.port, header="web.localhost", clients=8, fresh=2, think=0.01) as seen:
        shop.ok("deploy", "web", "demo:2")
        shop.ok("rollback", "web")
        shop.ok("deploy", "web", "demo:3", "--finalize")

    assert seen.lost == 0, str(seen)
    assert len(seen.release) >= 3, str(seen)
    assert shop.google.changes() == before


def test_a_newer_image_of_the_family_changes_nothing(shop: GoogleProject) -> None:
    shop.google.world.image_date = "20260801"
    image = shop.said()["tandem:host"].get("image")

    assert summary(shop.ok("up", "--json")) == {}
    shop.cli.ok("preview", "--refresh", "--expect-no-changes", *_config(shop))
    assert image is None


def test_another_image_is_for_the_next_machine(shop: GoogleProject) -> None:
    shop.edit("host", image="debian-cloud/debian-12")
    changed = summary(shop.ok("up", "--json"))
    shop.edit("host", image=None)

    assert changed == {}


def test_another_machine_type_needs_a_word_and_is_made_without_a_new_machine(shop: GoogleProject) -> None:
    identity = shop.instance["id"]
    shop.edit("host", machine="e2-standard-2")
    refused = shop.run("up")

    assert refused.code != 0
    assert "--allow-downtime" in refused.text
    assert shop.instance["machineType"].endswith("/e2-medium")
    shop.ok("up", "--allow-downtime")
    assert shop.instance["machineType"].endswith("/e2-standard-2")
    assert shop.instance["status"] == "RUNNING"
    assert shop.instance["id"] == identity
    assert shop.served_by()[0] == 200


@pytest.mark.parametrize(
    ("section", "named"),
    [
        ({"data_disk": {"size": 10, "type": "pd-ssd"}}, "data"),
        ({"zone": "europe-west3-a"}, "data"),
        ({"boot_disk": {"size": 20, "type": "pd-ssd"}}, "machine"),
    ],
)
def test_what_would_replace_machine_or_disk_is_refused(
    shop: GoogleProject, section: dict[str, object], named: str
) -> None:
    before, changes = shop.file.read_text(encoding="utf-8"), shop.google.changes()
    shop.edit("host", **section)
    refused = shop.run("up")
    shop.file.write_text(before, encoding="utf-8")

    assert refused.code != 0
    assert named in refused.text
    assert shop.google.changes() == changes
    assert shop.served_by()[0] == 200


def test_a_bucket_that_is_taken_out_takes_nothing_along_before_it_is_refused(shop: GoogleProject) -> None:
    before, changes = shop.file.read_text(encoding="utf-8"), shop.google.changes()
    shop.edit("storage", media=None)
    shop.edit("apps", web={**APP, "domains": ["web.localhost"]})
    refused = shop.run("up")
    shop.file.write_text(before, encoding="utf-8")

    assert refused.code == REFUSED, refused.text
    assert "a bucket would be deleted" in refused.text
    assert shop.google.changes() == changes


def test_labels_are_changed_in_place(shop: GoogleProject) -> None:
    identity = shop.instance["id"]
    shop.edit("host", labels={"team": "shop"})
    shop.ok("up")

    assert shop.instance["labels"]["team"] == "shop"
    assert shop.instance["id"] == identity


def test_what_is_protected_is_not_destroyed(shop: GoogleProject) -> None:
    before, known = shop.google.changes(), shop.known()
    refused = shop.run("destroy", "--yes")

    assert refused.code != 0
    assert "protect" in refused.text
    assert shop.google.changes() == before
    assert shop.known() == known
    assert shop.served_by()[0] == 200


def test_without_protection_all_of_it_goes(shop: GoogleProject) -> None:
    shop.edit("host", protect=False)
    shop.accept("no-protection")
    shop.ok("up")
    shop.ok("destroy", "--yes")

    left = [path for api, path in shop.google.world.resources if api in ("compute", "storage", "iam")]
    assert [path for path in left if "/snapshots/" not in path] == []
    assert shop.known() == []
