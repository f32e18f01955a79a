"""Who CI is in Google Cloud: what the program declares, and what its accounts may not do."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.hosts.gce.identity import ROLES as MACHINE_ROLES
from config import load, names
from identity import roles
from tandem.engines.mocks import google as google_made
from tests import engine
from tests.unit.identity import programs

POOL = f"projects/{google_made.PROJECT_NUMBER}/locations/global/workloadIdentityPools/github"
ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.fixture(scope="module")
def program() -> engine.Program:
    return programs.run()


def granted(program: engine.Program, account: str) -> set[tuple[str, str]]:
    """(type without package, role) of all that an account holds."""
    return {
        (one.type.rpartition(":")[2], one.inputs["role"])
        for one in program.resources
        if str(one.inputs.get("member", "")).startswith(f"serviceAccount:{account}@")
    }


def grants(program: engine.Program, project: str, account: str) -> list[engine.Registered]:
    member = f"serviceAccount:{account}@{project}.iam.gserviceaccount.com"
    return [one for one in program.of("gcp:projects/iAMMember:IAMMember") if one.inputs["member"] == member]


def test_state_is_kept_in_a_bucket_for_each_environment_that_can_be_brought_back(program: engine.Program) -> None:
    buckets = {one.inputs["name"]: one for one in program.of("gcp:storage/bucket:Bucket")}

    assert set(buckets) == {f"acme-state-{name}" for name in ("identity", *ENVIRONMENTS)}
    for bucket in buckets.values():
        assert bucket.inputs["uniformBucketLevelAccess"] is True
        assert bucket.inputs["publicAccessPrevention"] == "enforced"
        assert bucket.inputs["versioning"] == {"enabled": True}
        assert bucket.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 30 * 24 * 3600}
        assert bucket.inputs["forceDestroy"] is False


def test_what_cannot_be_made_again_refuses_to_be_deleted(program: engine.Program) -> None:
    kinds = {"Bucket", "KeyRing", "CryptoKey", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider"}
    made = [one for one in program.resources if one.type.startswith("gcp:") and one.type.rpartition(":")[2] in kinds]

    assert {one.type.rpartition(":")[2] for one in made} == kinds
    assert [one.name for one in made if not one.protect] == []


def test_only_one_repository_is_trusted_and_by_its_numbers(program: engine.Program) -> None:
    provider = program.one("github-provider").inputs

    assert provider["attributeCondition"] == (
        "assertion.repository_owner_id == '1234567' && assertion.repository_id == '987654321'"
    )
    assert provider["attributeMapping"]["google.subject"] == "assertion.sub"
    assert provider["oidc"] == {"issuerUri": "https://token.actions.githubusercontent.com"}


def test_any_branch_may_plan_and_only_an_approved_job_may_apply(program: engine.Program) -> None:
    plan, apply = program.one("prod-plan-github").inputs, program.one("prod-apply-github").inputs

    assert plan["member"] == f"principalSet://iam.googleapis.com/{POOL}/attribute.repository_id/987654321"
    assert apply["member"] == f"principal://iam.googleapis.com/{POOL}/subject/repo:acme/shop:environment:prod"
    assert plan["serviceAccountId"] != apply["serviceAccountId"]
    assert {plan["role"], apply["role"]} == {"roles/iam.workloadIdentityUser"}


def test_the_account_that_plans_changes_nothing(program: engine.Program) -> None:
    assert granted(program, "tandem-ci-plan") == {
        ("IAMMember", "roles/viewer"),
        ("IAMMember", "roles/iam.securityReviewer"),
        ("BucketIAMMember", "roles/storage.objectViewer"),
        ("CryptoKeyIAMMember", "roles/cloudkms.cryptoKeyDecrypter"),
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_account_reaches_no_other_environment(program: engine.Program, environment: str) -> None:
    own = f"@acme-{environment}.iam.gserviceaccount.com"
    held = [one for one in program.resources if own in str(one.inputs.get("member", ""))]

    assert {one.inputs.get("project", f"acme-{environment}") for one in held} == {f"acme-{environment}"}
    assert {one.inputs["bucket"] for one in held if "bucket" in one.inputs} == {f"acme-state-{environment}"}
    assert {one.inputs["cryptoKeyId"].rpartition("/")[2] for one in held if "cryptoKeyId" in one.inputs} == {
        environment
    }


def test_who_applies_can_give_away_only_what_a_machine_needs(program: engine.Program) -> None:
    (grant,) = [one for one in grants(program, "acme-prod", "tandem-ci-apply") if one.inputs["role"] == roles.GRANTS]

    assert grant.inputs["condition"]["expression"] == (
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])"
        ".hasOnly(['roles/logging.logWriter', 'roles/monitoring.metricWriter'])"
    )
    assert set(roles.GRANTABLE) == set(MACHINE_ROLES)


def test_nobody_gets_a_role_that_is_everything(program: engine.Program) -> None:
    too_much = {"roles/owner", "roles/editor", "roles/iam.securityAdmin", "roles/resourcemanager.projectIamAdmin"}
    unconditioned = [
        one for one in program.resources if one.inputs.get("role") in too_much and not one.inputs.get("condition")
    ]

    assert unconditioned == []


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_google_resource_of_a_stack_is_made_by_a_role_that_who_applies_has(stack: str) -> None:
    config = load.read_file(names.ROOT / f"Pulumi.{stack}.yaml")
    key = google_made.host_keys("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM0HMcHnQ3lyY0SEfj2S5/Yd0nqkzsQcXqkl2JWo3sCe")
    declared = engine.run(config, answers={google_made.GUEST_ATTRIBUTES: key})
    made = {one.type for one in declared.resources if one.type.startswith("gcp:")}
    known = {kind for kinds in roles.APPLY.values() for kind in kinds} | {"gcp:projects/iAMMember:IAMMember"}

    assert made <= known


def test_a_stack_that_grew_names_what_more_it_needs() -> None:
    more = {"prod": {"project": "acme-prod", "more_roles": ["roles/secretmanager.admin"]}}
    program = programs.run(environments=more)

    assert ("IAMMember", "roles/secretmanager.admin") in granted(program, "tandem-ci-apply")
    assert ("IAMMember", "roles/secretmanager.admin") not in granted(program, "tandem-ci-plan")


def test_the_outputs_are_what_a_workflow_needs(program: engine.Program) -> None:
    assert program.outputs["workload_identity_provider"] == f"{POOL}/providers/actions"
    assert program.outputs["environments"]["prod"] == {
        "project": "acme-prod",
        "backend": "gs://acme-state-prod",
        "secrets_provider": ("gcpkms://projects/acme-bootstrap/locations/europe-west3/keyRings/tandem/cryptoKeys/prod"),
        "plan_account": "tandem-ci-plan@acme-prod.iam.gserviceaccount.com",
        "apply_account": "tandem-ci-apply@acme-prod.iam.gserviceaccount.com",
    }


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("github", {"organization": "acme", "repository": "shop", "owner_id": "acme", "repository_id": "1"}, "number"),
        ("home", {"project": "Acme", "location": "europe-west3", "bucket": "acme-state"}, "home.project"),
        ("environments", {"prod": {"project": "acme-prod", "more_roles": ["owner"]}}, "role of Google Cloud"),
    ],
)
def test_a_mistake_in_the_stack_file_is_one_line_with_an_example(key: str, value: Any, said: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"Pulumi.main.yaml: .*{said}"):
        programs.run(**{key: value})
