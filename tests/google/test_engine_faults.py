"""A failure injected at each resource in turn: its words are shown, and the next run makes the rest.

Without a machine: the program is a stack's ground alone, and the plain CLI runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import names
from tests.google import needs
from tests.google.fake import Fake, GoogleError, fake, provider
from tests.google.project import ACCEPTED, GOOGLE_PROJECT, bucket_names, host, storage
from tests.google.pulumi import Cli, project_file, stack_file
from tests.machine.fixtures import ALL

pytestmark = needs.THE_ENGINE

STEPS = {
    "iam.projects.serviceAccounts.create": "host-account",
    "cloudresourcemanager.projects.setIamPolicy": "host-logWriter",
    "compute.networks.insert": "host-vpc",
    "compute.addresses.insert": "host-address",
    "compute.subnetworks.insert": "host-subnet",
    "compute.firewalls.insert": "host-firewall-",
    "compute.resourcePolicies.insert": "host-snapshots",
    "compute.disks.insert": "host-data",
    "compute.instances.insert": "host-machine",
    "compute.disks.addResourcePolicies": "host-snapshots-",
    "storage.buckets.insert": "storage-",
    "storage.projects.hmacKeys.create": "key-k1",
    "storage.buckets.setIamPolicy": "apps",
}
"""Every call that makes something of a stack, and (the beginning of) the name of what it makes."""

FEW = ("compute.instances.insert", "storage.projects.hmacKeys.create")
"""Those that are told at every run; all of them with `make test-all`."""


@pytest.fixture
def google() -> Iterator[Fake]:
    with fake() as running:
        yield running


@pytest.fixture
def ground(tmp_path: Path, google: Fake) -> Cli:
    """The ground of a prod stack, nothing made yet."""
    project_file("shop", names.ROOT / "tests" / "google" / "ground", tmp_path)
    said = {
        "tandem:profile": "prod",
        "tandem:accept_risk": list(ACCEPTED),
        "tandem:host": host(None),
        "tandem:gateway": {"port": 8000},
        "tandem:storage": storage("shop"),
    }
    stack_file({**said, **provider.settings(google.url, GOOGLE_PROJECT)}, tmp_path / "Pulumi.prod.yaml")
    made = Cli(tmp_path, "prod", tmp_path / "state")
    made.ok("stack", "init")
    return made


@pytest.mark.parametrize("method", STEPS if ALL else FEW)
def test_a_failure_is_told_and_the_next_run_makes_the_rest(ground: Cli, google: Fake, method: str) -> None:
    google.faults.fail(method, GoogleError(403, "forbidden", f"no {method} today"), times=9)
    failed = ground.run("up", "--yes", "--skip-preview")
    google.faults.clear()

    assert failed.code != 0
    assert f"no {method} today" in failed.text
    assert STEPS[method] in failed.text
    ground.ok("up", "--yes", "--skip-preview")
    ground.ok("preview", "--refresh", "--expect-no-changes")
    assert {name for api, name in google.world.resources if api == "storage" and "hmacKeys" not in name} == {
        f"b/{name}" for name in bucket_names("shop")
    }


def test_an_operation_that_takes_its_time_is_waited_for(ground: Cli, google: Fake) -> None:
    google.world.polls = 1
    ground.ok("up", "--yes", "--skip-preview")

    asked = [said.method for said in google.log]
    assert any("Operations." in method for method in asked)
    ground.ok("preview", "--refresh", "--expect-no-changes")
