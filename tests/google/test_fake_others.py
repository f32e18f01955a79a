"""The fake's other APIs, asked by Google's own client."""

from __future__ import annotations

from typing import Any

import pytest
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from tests.google.client import client
from tests.google.fake import Fake

PROJECT = "acme-test"
ACCOUNT = f"vm-account@{PROJECT}.iam.gserviceaccount.com"


def refused(call: Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        call.execute()
    return caught.value


def account(google: Fake) -> str:
    accounts = client(google, "iam").projects().serviceAccounts()
    made = accounts.create(name=f"projects/{PROJECT}", body={"accountId": "vm-account"}).execute()
    email: str = made["email"]
    return email


@pytest.mark.parametrize("mask", ["displayName", "display_name"])
def test_an_account_is_patched_by_either_spelling_of_its_mask(google: Fake, mask: str) -> None:
    name = f"projects/{PROJECT}/serviceAccounts/{account(google)}"
    accounts = client(google, "iam").projects().serviceAccounts()
    accounts.patch(name=name, body={"serviceAccount": {"displayName": "apps"}, "updateMask": mask}).execute()

    assert accounts.get(name=name).execute()["displayName"] == "apps"


def bucket(google: Fake, **more: Any) -> Any:
    storage = client(google, "storage")
    storage.buckets().insert(project=PROJECT, body={"name": "acme-media", "location": "europe-west3", **more}).execute()
    return storage


def test_a_bucket_says_what_google_adds(google: Fake) -> None:
    made = bucket(google).buckets().get(bucket="acme-media").execute()

    assert (made["location"], made["metageneration"]) == ("EUROPE-WEST3", "1")
    assert made["softDeletePolicy"]["retentionDurationSeconds"] == "604800"


def test_a_patch_merges_and_null_takes_away(google: Fake) -> None:
    storage = bucket(google, labels={"a": "1", "b": "2"}, versioning={"enabled": True})

    patched = storage.buckets().patch(bucket="acme-media", body={"labels": {"a": None, "c": "3"}}).execute()

    assert (patched["labels"], patched["versioning"]) == ({"b": "2", "c": "3"}, {"enabled": True})
    assert patched["metageneration"] == "2"


def test_a_bucket_name_is_taken_in_the_whole_world(google: Fake) -> None:
    google.world.buckets_of_others.add("acme-media")

    with pytest.raises(HttpError, match="shared by all users of the system") as caught:
        bucket(google)
    assert caught.value.status_code == 409


def test_a_bucket_with_files_stays(google: Fake) -> None:
    storage = bucket(google)
    google.world.put_object("acme-media", "photos/cat.jpg")

    assert "not empty" in str(refused(storage.buckets().delete(bucket="acme-media")))
    storage.objects().delete(bucket="acme-media", object="photos/cat.jpg").execute()
    storage.buckets().delete(bucket="acme-media").execute()
    assert refused(storage.buckets().get(bucket="acme-media")).status_code == 404


def test_a_policy_is_refused_to_who_read_an_older_one_and_goes_with_its_bucket(google: Fake) -> None:
    storage = bucket(google)
    first = storage.buckets().getIamPolicy(bucket="acme-media").execute()
    binding = {"role": "roles/storage.objectUser", "members": [f"serviceAccount:{account(google)}"]}
    storage.buckets().setIamPolicy(bucket="acme-media", body={**first, "bindings": [binding]}).execute()

    late = storage.buckets().setIamPolicy(bucket="acme-media", body={**first, "bindings": []})
    assert refused(late).status_code == 409
    storage.buckets().delete(bucket="acme-media").execute()
    assert refused(storage.buckets().getIamPolicy(bucket="acme-media")).status_code == 404
    assert "bindings" not in bucket(google).buckets().getIamPolicy(bucket="acme-media").execute()


def test_an_hmac_key_needs_its_account_and_is_deleted_only_when_it_sleeps(google: Fake) -> None:
    keys = client(google, "storage").projects().hmacKeys()
    make = keys.create(projectId=PROJECT, serviceAccountEmail=ACCOUNT)
    assert refused(make).status_code == 404
    account(google)
    made = make.execute()
    key = {"projectId": PROJECT, "accessId": made["metadata"]["accessId"]}

    assert made["secret"]
    assert refused(keys.delete(**key)).status_code == 400
    keys.update(**key, body={"state": "INACTIVE"}).execute()
    keys.delete(**key).execute()
    assert refused(keys.get(**key)).status_code == 404


def test_a_role_of_an_account_that_is_not_there_is_refused(google: Fake) -> None:
    projects = client(google, "cloudresourcemanager").projects()
    binding = {"role": "roles/logging.logWriter", "members": [f"serviceAccount:{ACCOUNT}"]}
    grant = projects.setIamPolicy(resource=PROJECT, body={"policy": {"bindings": [binding]}})

    assert "does not exist" in str(refused(grant))
    account(google)
    grant.execute()


def test_a_condition_needs_version_three(google: Fake) -> None:
    projects = client(google, "cloudresourcemanager").projects()
    condition = {"title": "only", "expression": "true"}
    binding = {"role": "roles/viewer", "members": ["user:a@example.com"], "condition": condition}

    def grant(version: int) -> Any:
        return projects.setIamPolicy(resource=PROJECT, body={"policy": {"version": version, "bindings": [binding]}})

    assert refused(grant(1)).status_code == 400
    assert grant(3).execute()["bindings"] == [binding]


def test_a_replacement_leaves_nothing_of_what_was(google: Fake) -> None:
    metrics = client(google, "logging").projects().metrics()
    body = {"name": "nginx/http_5xx", "filter": "a", "description": "old"}
    metrics.create(parent=f"projects/{PROJECT}", body=body).execute()
    name = f"projects/{PROJECT}/metrics/nginx%2Fhttp_5xx"
    metrics.update(metricName=name, body={"name": "nginx/http_5xx", "filter": "b"}).execute()

    assert "description" not in metrics.get(metricName=name).execute()


def test_a_name_with_a_slash_is_one_name(google: Fake) -> None:
    metrics = client(google, "logging").projects().metrics()
    metrics.create(parent=f"projects/{PROJECT}", body={"name": "nginx/http_5xx", "filter": "a"}).execute()

    listed = metrics.list(parent=f"projects/{PROJECT}").execute()
    assert [one["name"] for one in listed["metrics"]] == ["nginx/http_5xx"]


def test_the_tunnel_to_an_instance_has_a_policy_of_its_own(google: Fake) -> None:
    iap = client(google, "iap").v1()
    resource = f"projects/{PROJECT}/iap_tunnel/zones/europe-west3-c/instances/vm"
    binding = {"role": "roles/iap.tunnelResourceAccessor", "members": ["user:a@example.com"]}
    grant = iap.setIamPolicy(resource=resource, body={"policy": {"bindings": [binding]}})

    assert refused(grant).status_code == 404
    google.world.add(("compute", f"projects/{PROJECT}/zones/europe-west3-c/instances/vm"), {"name": "vm"})
    grant.execute()
    assert iap.getIamPolicy(resource=resource, body={}).execute()["bindings"] == [binding]


def test_a_deleted_pool_keeps_its_name_for_itself(google: Fake) -> None:
    pools = client(google, "iam").projects().locations().workloadIdentityPools()
    parent, body = f"projects/{PROJECT}/locations/global", {"displayName": "GitHub"}
    make = pools.create(parent=parent, workloadIdentityPoolId="github", body=body)
    operation = make.execute()
    assert operation["done"]
    assert pools.operations().get(name=operation["name"]).execute()["response"]["state"] == "ACTIVE"

    pools.delete(name=f"{parent}/workloadIdentityPools/github").execute()

    assert pools.get(name=f"{parent}/workloadIdentityPools/github").execute()["state"] == "DELETED"
    assert refused(make).status_code == 409


def test_an_issuer_that_everybody_shares_needs_a_condition(google: Fake) -> None:
    pools = client(google, "iam").projects().locations().workloadIdentityPools()
    parent = f"projects/{PROJECT}/locations/global"
    pools.create(parent=parent, workloadIdentityPoolId="github", body={}).execute()
    issuer = {"issuerUri": "https://token.actions.githubusercontent.com"}
    body: dict[str, Any] = {"oidc": issuer, "attributeMapping": {"google.subject": "assertion.sub"}}
    below = {"parent": f"{parent}/workloadIdentityPools/github", "workloadIdentityPoolProviderId": "github"}

    assert refused(pools.providers().create(**below, body=body)).status_code == 400
    pools.providers().create(**below, body={**body, "attributeCondition": "assertion.repository_id=='1'"}).execute()


def test_a_key_comes_with_its_first_version(google: Fake) -> None:
    rings = client(google, "cloudkms").projects().locations().keyRings()
    parent = f"projects/{PROJECT}/locations/europe-west3"
    rings.create(parent=parent, keyRingId="tandem", body={}).execute()
    body = {"purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s"}
    key = rings.cryptoKeys().create(parent=f"{parent}/keyRings/tandem", cryptoKeyId="prod", body=body).execute()

    versions = rings.cryptoKeys().cryptoKeyVersions().list(parent=key["name"]).execute()["cryptoKeyVersions"]
    assert [version["state"] for version in versions] == ["ENABLED"]
