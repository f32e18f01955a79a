"""When Google says no: its words are shown, nothing is half forgotten, and the next run goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.google.fake import Fake, GoogleError, errors, fake
from tests.google.instance import LOOPS, Agent, as_instance
from tests.google.project import ZONE, GoogleProject, google_project, summary
from tests.google.pulumi import missing
from tests.machine.fixtures import a_machine, swept
from tests.machine.image import Kind

__all__ = ["swept"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=f"the real engine: {missing()}"),
    pytest.mark.skipif(not LOOPS.exists(), reason="no loop devices here, so no data disk"),
]


@pytest.fixture(scope="module")
def agent(swept: None) -> Iterator[Agent]:
    """A machine in the role of the instance, with the gateway's image."""
    with a_machine(Kind()) as machine:
        machine.load("tandem-gateway:local")
        with as_instance(machine) as made:
            yield made


@pytest.fixture
def google() -> Iterator[Fake]:
    with fake() as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, google: Fake, agent: Agent) -> Iterator[GoogleProject]:
    """A prod stack of which nothing is there."""
    with google_project(tmp_path, google, agent) as made:
        yield made


STEPS = {
    "iam.projects.serviceAccounts.create": "host-account",
    "cloudresourcemanager.projects.setIamPolicy": "host-logWriter",
    "compute.networks.insert": "host-vpc",
    "compute.addresses.insert": "host-address",
    "compute.subnetworks.insert": "host-subnet",
    "compute.firewalls.insert": "host-firewall-ssh",
    "compute.resourcePolicies.insert": "host-snapshots",
    "compute.disks.insert": "host-data",
    "compute.instances.insert": "host-machine",
    "compute.disks.addResourcePolicies": "host-snapshots-boot",
    "storage.buckets.insert": "storage-media",
    "storage.projects.hmacKeys.create": "storage-media-key-k1",
    "storage.buckets.setIamPolicy": "storage-media-apps",
}
"""The calls that make a stack, in an order in which they can be made, and a resource that each of them makes."""


@pytest.fixture(scope="module")
def half_made(tmp_path_factory: pytest.TempPathFactory, agent: Agent) -> Iterator[GoogleProject]:
    """A stack that gets one step further with each test."""
    with fake() as running, google_project(tmp_path_factory.mktemp("half"), running, agent) as made:
        yield made


@pytest.mark.parametrize("method", STEPS)
def test_a_failure_at_each_resource_is_told_and_the_next_run_gets_further(
    half_made: GoogleProject, method: str
) -> None:
    faults = half_made.google.faults
    faults.clear()
    steps = list(STEPS)
    for later in steps[steps.index(method) :]:
        faults.fail(later, GoogleError(403, "forbidden", f"no {later} today"), times=99)

    failed = half_made.run("up")

    assert failed.code != 0
    assert f"no {method} today" in failed.text
    assert STEPS[method] in failed.text
    assert "Traceback" not in failed.text


def test_after_the_last_failure_the_stack_is_whole(half_made: GoogleProject) -> None:
    half_made.google.faults.clear()
    half_made.ok("up")

    assert summary(half_made.ok("up", "--json")) == {}
    assert half_made.served_by()[0] == 503


def _quota(google: Fake) -> None:
    google.faults.fail("compute.instances.insert", errors.quota("CPUS", "0.0"))


def _disabled(google: Fake) -> None:
    google.faults.fail("compute.*", errors.api_disabled(), times=99)


def _expired(google: Fake) -> None:
    google.faults.fail("*", errors.expired_token(), times=99)


def _unknown(google: Fake) -> None:
    google.world.projects = {"acme-other": "1"}


def _taken(google: Fake) -> None:
    google.faults.fail("storage.buckets.insert", errors.bucket_taken(), times=99)


def _no_machine(google: Fake) -> None:
    google.world.machines_missing.add((ZONE, "e2-medium"))


BAD_DAYS: dict[str, tuple[Callable[[Fake], None], str]] = {
    "quota": (_quota, "Quota 'CPUS' exceeded"),
    "api disabled": (_disabled, "Compute Engine API has not been used in project"),
    "expired token": (_expired, "invalid authentication credentials"),
    "wrong project": (_unknown, "projects/acme-test"),
    "bucket name taken": (_taken, "The requested bucket name is not available"),
    "a zone without the machine type": (_no_machine, f"'e2-medium' does not exist in zone '{ZONE}'"),
}


@pytest.mark.parametrize("what", BAD_DAYS)
def test_a_bad_day_is_told_in_google_s_words_and_the_next_run_makes_the_stack(shop: GoogleProject, what: str) -> None:
    arrange, said = BAD_DAYS[what]
    projects = dict(shop.google.world.projects)
    arrange(shop.google)
    failed = shop.run("up")
    shop.google.faults.clear()
    shop.google.world.projects = projects
    shop.google.world.machines_missing.clear()

    assert failed.code != 0
    assert said in failed.text
    shop.ok("up")
    assert summary(shop.ok("up", "--json")) == {}
