"""The ways round of docs/growing.md, walked on the real engine: what a person does at Google, then what the plan says.

One stack of the ground and buckets walks them all, in this order. What is on the disks nobody sees here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import names
from tandem.cloud import gate
from tandem.engines import Step
from tandem.engines.pulumi_events import Stream
from tests import edits
from tests.google import needs
from tests.google.client import client
from tests.google.fake import Fake, World, fake, provider
from tests.google.pulumi import Cli, project_file, stack_file

pytestmark = needs.THE_ENGINE

PROJECT, ZONE, MACHINE, DATA = "acme-prod", "europe-west3-c", "tandem-prod", "tandem-prod-data"
HERE = {"project": PROJECT, "zone": ZONE}
OPEN = {"protect": False}


@dataclass
class Route:
    """A stack, its file, and Google by the client that gcloud is built on."""

    google: Fake
    folder: Path
    said: dict[str, Any]
    name: str = "prod"

    @property
    def cli(self) -> Cli:
        return Cli(self.folder, self.name, self.folder / "state", {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"})

    @property
    def compute(self) -> Any:
        return client(self.google, "compute")

    def writes(self, **changes: Any) -> None:
        """Edits the file: `host`'s keys, and whole sections (`storage`, `accept_risk`)."""
        for key, value in changes.items():
            self.said[key] = {**self.said["host"], **value} if key == "host" else value
        keys = provider.settings(self.google.url, PROJECT)
        keys = {**keys, **{f"secrets:{name}": value for name, value in edits.KEPT.items()}}
        stack_file(
            {**{f"tandem:{key}": value for key, value in self.said.items()}, **keys},
            self.folder / f"Pulumi.{self.name}.yaml",
        )

    def up(self) -> None:
        self.cli.ok("up", "--yes", "--skip-preview")

    def plan(self) -> dict[str, Step]:
        """What the next `up` would do, by name; what stays is left out. Fails where the engine refuses."""
        stream = Stream(lambda _event: None)
        for line in self.cli.ok("preview", "--json").text.splitlines():
            if line.startswith("{"):
                stream.feed(json.loads(line))
        plan = [step for step in stream.result().plan if step.type.startswith("gcp:")]
        return {step.name: step for step in plan if step.operation != "same"}

    def nothing_left(self) -> None:
        self.cli.ok("preview", "--refresh", "--expect-no-changes")

    def at(self, path: str) -> Mapping[str, Any]:
        return self.google.world.get(("compute", f"projects/{PROJECT}/{path}"))

    def buckets(self) -> set[str]:
        return {path for api, path in self.google.world.resources if api == "storage" and path.count("/") == 1}


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Route]:
    folder = tmp_path_factory.mktemp("routes")
    project_file("tandem", names.ROOT / "tests" / "google" / "ground", folder)
    with fake(World(projects={PROJECT: "222222222222"})) as google:
        iam = client(google, "iam").projects().serviceAccounts()
        iam.create(name=f"projects/{PROJECT}", body={"accountId": "deploy", "serviceAccount": {}}).execute()
        made = Route(google, folder, edits.before("prod"))
        made.writes()
        made.cli.ok("stack", "init")
        made.up()
        yield made


def lost(plan: Mapping[str, Step]) -> dict[str, str]:
    """What the gate would stop, by name."""
    return {verdict.step.name: verdict.danger for verdict in gate.judge(plan.values())}


def through_a_snapshot(route: Route, source: str, *, kind: str, size: int) -> None:
    """The commands of the page, one a line. `source` has the data, and goes too where it is another disk."""
    google, instance = route.compute, {**HERE, "instance": MACHINE}
    google.instances().stop(**instance).execute()
    google.snapshots().insert(
        project=PROJECT, body={"name": "move", "sourceDisk": f"projects/{PROJECT}/zones/{ZONE}/disks/{source}"}
    ).execute()
    google.instances().detachDisk(**instance, deviceName="tandem-data").execute()
    google.disks().delete(**HERE, disk=DATA).execute()
    if source != DATA:
        google.instances().detachDisk(**instance, deviceName=source).execute()
        google.disks().delete(**HERE, disk=source).execute()
    zone = f"projects/{PROJECT}/zones/{ZONE}"
    body = {"name": DATA, "sizeGb": str(size), "type": f"{zone}/diskTypes/{kind}"}
    google.disks().insert(
        **HERE, body={**body, "sourceSnapshot": f"projects/{PROJECT}/global/snapshots/move"}
    ).execute()
    disk = {"source": f"{zone}/disks/{DATA}", "deviceName": "tandem-data"}
    google.instances().attachDisk(**instance, body=disk).execute()
    google.instances().start(**instance).execute()
    google.snapshots().delete(project=PROJECT, snapshot="move").execute()


def test_another_disk_type_by_a_snapshot(prod: Route) -> None:
    size = prod.said["host"]["data_disk"]["size"]
    through_a_snapshot(prod, DATA, kind="pd-ssd", size=size)
    prod.writes(host={"data_disk": {"size": size, "type": "pd-ssd"}})
    prod.cli.ok("refresh", "--yes", "--skip-preview")
    plan = prod.plan()

    assert lost(plan) == {}
    assert {(name, step.operation) for name, step in plan.items()} == {
        ("host-data", "update"),
        ("host-snapshots-data", "create"),
    }
    prod.up()
    assert prod.at(f"zones/{ZONE}/disks/{DATA}")["type"].endswith("/pd-ssd")
    prod.nothing_left()


def test_a_smaller_disk(prod: Route) -> None:
    google, instance = prod.compute, {**HERE, "instance": MACHINE}
    google.disks().insert(**HERE, body={"name": "small", "sizeGb": "20"}).execute()
    disk = {"source": f"projects/{PROJECT}/zones/{ZONE}/disks/small", "deviceName": "small"}
    google.instances().attachDisk(**instance, body=disk).execute()
    through_a_snapshot(prod, "small", kind="pd-ssd", size=20)
    prod.writes(host={"data_disk": {"size": 20, "type": "pd-ssd"}})
    prod.cli.ok("refresh", "--yes", "--skip-preview")

    assert lost(prod.plan()) == {}
    prod.up()
    assert prod.at(f"zones/{ZONE}/disks/{DATA}")["sizeGb"] == "20"
    prod.nothing_left()


def test_another_boot_disk_and_with_it_a_newer_system(prod: Route) -> None:
    machine, address = prod.at(f"zones/{ZONE}/instances/{MACHINE}"), prod.said["accept_risk"]
    prod.writes(host=OPEN, accept_risk=[*prod.said["accept_risk"], "no-protection"])
    prod.up()
    prod.writes(host={"boot_disk": {"size": 20, "type": "pd-ssd"}, "image": "debian-cloud/debian-14"})

    assert lost(prod.plan()) == {"host-machine": "replace"}
    prod.up()
    again = prod.at(f"zones/{ZONE}/instances/{MACHINE}")
    assert again["id"] != machine["id"]
    assert again["networkInterfaces"][0]["accessConfigs"] == machine["networkInterfaces"][0]["accessConfigs"]
    assert [disk["source"] for disk in again["disks"]][1:] == [disk["source"] for disk in machine["disks"]][1:]
    assert "debian-14" in prod.at(f"zones/{ZONE}/disks/{MACHINE}")["sourceImage"]
    prod.writes(host={"protect": True}, accept_risk=address)
    prod.up()
    assert prod.at(f"zones/{ZONE}/instances/{MACHINE}")["deletionProtection"] is True
    prod.nothing_left()


def test_another_bucket_and_then_the_old_one_is_taken_away(prod: Route) -> None:
    old = prod.said["storage"]
    prod.writes(storage={**old, "files": {**old["media"], "bucket": "acme-files"}})
    prod.up()
    assert "b/acme-files" in prod.buckets()

    accepted = prod.said["accept_risk"]
    prod.writes(host=OPEN, accept_risk=[*accepted, "no-protection"])
    prod.up()
    prod.writes(storage={key: value for key, value in prod.said["storage"].items() if key != "media"})
    assert lost(prod.plan()) == {"storage-media": "delete"}
    prod.up()
    assert f"b/{old['media']['bucket']}" not in prod.buckets()
    prod.writes(host={"protect": True}, accept_risk=accepted)
    prod.up()
    prod.nothing_left()


def test_another_secret(prod: Route) -> None:
    path = ("secretmanager", f"projects/{PROJECT}/secrets/tandem-prod-API_TOKEN")
    prod.writes(secrets={"source": "gcp"}, apps=edits.before("secret")["apps"])
    prod.up()
    assert prod.google.world.get(path)["replication"] == {"automatic": {}}

    accepted = prod.said["accept_risk"]
    prod.writes(host=OPEN, accept_risk=[*accepted, "no-protection"])
    prod.up()
    prod.writes(secrets={"source": "gcp", "gcp": {"locations": ["europe-west3"]}})
    assert lost(prod.plan()) == {"secrets-API_TOKEN": "replace"}
    prod.up()
    assert prod.google.world.get(path)["replication"] == {"userManaged": {"replicas": [{"location": "europe-west3"}]}}
    prod.writes(host={"protect": True}, accept_risk=accepted)
    prod.up()
    prod.nothing_left()


def test_another_zone_by_a_second_stack(prod: Route) -> None:
    buckets = {name: {**one, "bucket": f"{one['bucket']}-2"} for name, one in prod.said["storage"].items()}
    second = Route(prod.google, prod.folder, {**prod.said}, "prod2")
    second.writes(host={"zone": "europe-west4-a"})
    second.cli.ok("stack", "init")
    taken = second.cli.run("up", "--yes", "--skip-preview")
    assert taken.code != 0
    assert "409" in taken.text

    second.writes(storage=buckets)
    second.up()
    second.nothing_left()
    assert second.at("zones/europe-west4-a/instances/tandem-prod2")["status"] == "RUNNING"
    prod.nothing_left()
