"""The program `identity` on the real engine with the real Google plugin, against the fake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import names
from tests.google import needs
from tests.google.fake import Fake, World, errors, fake, provider
from tests.google.pulumi import Cli, project_file, stack_file
from tests.unit.identity import programs

pytestmark = needs.THE_ENGINE

PROJECTS = {"acme-bootstrap": "111111111111", "acme-prod": "222222222222"}


@pytest.fixture
def google() -> Iterator[Fake]:
    with fake(World(projects=dict(PROJECTS))) as running:
        yield running


@pytest.fixture
def cli(tmp_path: Path, google: Fake) -> Cli:
    project_file("tandem-identity", names.ROOT / "identity", tmp_path)
    said = {**programs.example(), "environments": {"prod": {"project": "acme-prod"}}}
    keys = {f"identity:{key}": value for key, value in said.items()}
    stack_file({**keys, **provider.settings(google.url, "acme-bootstrap")}, tmp_path / "Pulumi.main.yaml")
    made = Cli(tmp_path, "main", tmp_path / "state")
    made.ok("stack", "init")
    return made


def test_all_of_it_is_made_once_and_stays_as_it_is(cli: Cli, google: Fake) -> None:
    cli.ok("up", "--yes", "--skip-preview")
    cli.ok("up", "--yes", "--skip-preview", "--expect-no-changes")
    cli.ok("preview", "--refresh", "--expect-no-changes")

    out = cli.outputs()
    number = PROJECTS["acme-bootstrap"]
    pool = f"projects/{number}/locations/global/workloadIdentityPools/github"
    assert out["workload_identity_provider"] == f"{pool}/providers/actions"
    account = google.world.policies["iam", f"projects/acme-prod/serviceAccounts/{apply_account()}"]
    assert account["bindings"] == [
        {
            "role": "roles/iam.workloadIdentityUser",
            "members": [f"principal://iam.googleapis.com/{pool}/subject/repo:acme/shop:environment:prod"],
        }
    ]
    conditioned = [
        binding
        for binding in google.world.policies["cloudresourcemanager", "projects/acme-prod"]["bindings"]
        if "condition" in binding
    ]
    assert [binding["role"] for binding in conditioned] == ["roles/resourcemanager.projectIamAdmin"]


def apply_account() -> str:
    return "tandem-ci-apply@acme-prod.iam.gserviceaccount.com"


def test_it_is_not_destroyed_by_a_slip(cli: Cli, google: Fake) -> None:
    cli.ok("up", "--yes", "--skip-preview")
    refused = cli.run("destroy", "--yes", "--skip-preview")

    assert refused.code != 0
    assert "protected" in refused.text
    assert ("storage", "b/acme-state-prod") in google.world.resources


def test_a_taken_bucket_name_is_told_in_google_s_words_and_the_next_run_goes_on(cli: Cli, google: Fake) -> None:
    google.world.buckets_of_others.add("acme-state-prod")
    failed = cli.run("up", "--yes", "--skip-preview")
    google.world.buckets_of_others.clear()

    assert failed.code != 0
    assert errors.bucket_taken().message in failed.text
    cli.ok("up", "--yes", "--skip-preview")
    cli.ok("up", "--yes", "--skip-preview", "--expect-no-changes")
