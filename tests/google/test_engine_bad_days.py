"""When Google says no to `tandem up`: what it means, the next command and its own words are shown.

No machine is needed: Google says no before there is one. That the next run makes the rest is told elsewhere, for every
resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.google import needs
from tests.google.fake import Fake, errors, fake
from tests.google.project import ZONE, GoogleProject, google_project

pytestmark = needs.THE_ENGINE


@pytest.fixture
def google() -> Iterator[Fake]:
    with fake() as running:
        yield running


@pytest.fixture
def shop(tmp_path: Path, google: Fake) -> Iterator[GoogleProject]:
    """A prod stack of which nothing is there."""
    with google_project(tmp_path, google, None) as made:
        yield made


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
    "quota": (_quota, "the quota CPUS"),
    "api disabled": (_disabled, "the API compute.googleapis.com is off"),
    "expired token": (_expired, "the login to Google Cloud has run out"),
    "wrong project": (_unknown, "there is no project acme-test"),
    "bucket name taken": (_taken, "a bucket of that name belongs to somebody else"),
    "a zone without the machine type": (_no_machine, f"zone {ZONE} has no machine type e2-medium"),
}


@pytest.mark.parametrize("what", BAD_DAYS)
def test_a_bad_day_is_told_with_what_to_do_next_and_google_s_own_words(shop: GoogleProject, what: str) -> None:
    arrange, said = BAD_DAYS[what]
    arrange(shop.google)

    failed = shop.run("up")

    assert failed.code != 0
    assert said in failed.text
    assert "Traceback" not in failed.text
    assert "Next: " in failed.text
    assert "Google: " in failed.text
    made = {path for api, path in shop.google.world.resources if api == "compute" and "/instances/" in path}
    assert made == set()
