"""The fake's Secret Manager, asked by Google's own client."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

from tests.google.client import client
from tests.google.fake import Fake

PROJECT = "acme-test"
NUMBER = "123456789012"
DB = f"projects/{PROJECT}/secrets/db"
ACCESSOR = "roles/secretmanager.secretAccessor"


def refused(call: Any) -> tuple[int, str, str]:
    """Code, status and message."""
    with pytest.raises(HttpError) as caught:
        call.execute()
    error = json.loads(caught.value.content)["error"]
    return caught.value.status_code, error["status"], error["message"]


def secrets(google: Fake, *values: bytes) -> Any:
    """The client, with a secret `db` that has these versions."""
    found = client(google, "secretmanager").projects().secrets()
    found.create(parent=f"projects/{PROJECT}", secretId="db", body={"replication": {"automatic": {}}}).execute()
    for value in values:
        payload = {"data": base64.b64encode(value).decode()}
        found.addVersion(parent=DB, body={"payload": payload}).execute()
    return found


def value(found: Any, version: str) -> bytes:
    answer = found.versions().access(name=f"{DB}/versions/{version}").execute()
    return base64.b64decode(answer["payload"]["data"])


def test_a_secret_has_versions_which_google_names_by_the_project_s_number(google: Fake) -> None:
    found = secrets(google, b"one", b"two")

    assert (value(found, "1"), value(found, "2"), value(found, "latest")) == (b"one", b"two", b"two")
    assert found.get(name=DB).execute()["name"] == f"projects/{NUMBER}/secrets/db"
    listed = found.versions().list(parent=DB).execute()["versions"]
    assert [(one["name"], one["state"]) for one in listed] == [
        (f"projects/{NUMBER}/secrets/db/versions/2", "ENABLED"),
        (f"projects/{NUMBER}/secrets/db/versions/1", "ENABLED"),
    ]
    by_number = found.versions().access(name=f"projects/{NUMBER}/secrets/db/versions/1").execute()
    assert base64.b64decode(by_number["payload"]["data"]) == b"one"


def test_all_secrets_are_listed_and_a_deleted_one_is_gone_with_its_versions_and_rights(google: Fake) -> None:
    found = secrets(google, b"one")
    binding = {"role": ACCESSOR, "members": ["user:a@example.com"]}
    found.setIamPolicy(resource=DB, body={"policy": {"bindings": [binding]}}).execute()

    listed = found.list(parent=f"projects/{PROJECT}").execute()["secrets"]
    assert [one["name"] for one in listed] == [f"projects/{NUMBER}/secrets/db"]
    found.delete(name=DB).execute()
    assert refused(found.get(name=DB))[0] == 404
    assert refused(found.versions().get(name=f"{DB}/versions/1"))[0] == 404
    assert "bindings" not in secrets(google).getIamPolicy(resource=DB).execute()


def test_an_id_is_taken_once_and_a_secret_says_where_it_is_kept(google: Fake) -> None:
    found = secrets(google)

    def make(name: str, **body: Any) -> Any:
        return found.create(parent=f"projects/{PROJECT}", secretId=name, body=body)

    assert refused(make("db", replication={"automatic": {}}))[:2] == (409, "ALREADY_EXISTS")
    assert refused(make("other"))[:2] == (400, "INVALID_ARGUMENT")
    assert refused(make("a.b", replication={"automatic": {}}))[:2] == (400, "INVALID_ARGUMENT")
    kept = {"userManaged": {"replicas": [{"location": "europe-west3"}]}}
    assert make("other", replication={"automatic": None, **kept}).execute()["replication"] == kept


def test_a_disabled_version_is_not_read_until_it_is_enabled_again(google: Fake) -> None:
    found = secrets(google, b"one", b"two")
    found.versions().disable(name=f"{DB}/versions/1", body={}).execute()

    said = f"Secret Version [projects/{NUMBER}/secrets/db/versions/1] is in DISABLED state."
    assert refused(found.versions().access(name=f"{DB}/versions/1")) == (400, "FAILED_PRECONDITION", said)
    assert value(found, "2") == b"two"
    found.versions().enable(name=f"{DB}/versions/1", body={}).execute()
    assert value(found, "1") == b"one"


def test_a_destroyed_version_never_comes_back(google: Fake) -> None:
    found = secrets(google, b"one")
    found.versions().destroy(name=f"{DB}/versions/1", body={}).execute()

    assert refused(found.versions().access(name=f"{DB}/versions/1"))[:2] == (400, "FAILED_PRECONDITION")
    assert refused(found.versions().enable(name=f"{DB}/versions/1", body={}))[:2] == (400, "FAILED_PRECONDITION")
    assert "b25l" not in repr(google.world.payloads)


def test_what_is_not_there_is_named(google: Fake) -> None:
    found = secrets(google)
    latest = found.versions().access(name=f"{DB}/versions/latest")
    assert refused(latest)[2] == f"Secret [projects/{NUMBER}/secrets/db] not found or has no versions."
    found.addVersion(parent=DB, body={"payload": {"data": "b25l"}}).execute()

    missing = found.versions().access(name=f"{DB}/versions/9")
    assert refused(missing) == (
        404,
        "NOT_FOUND",
        f"Secret Version [projects/{NUMBER}/secrets/db/versions/9] not found.",
    )
    other = f"projects/{PROJECT}/secrets/other"
    assert refused(found.addVersion(parent=other, body={"payload": {"data": "b25l"}}))[0] == 404
    assert refused(found.getIamPolicy(resource=other))[0] == 404


def test_an_empty_value_is_refused(google: Fake) -> None:
    assert refused(secrets(google).addVersion(parent=DB, body={"payload": {"data": ""}}))[0] == 400


def test_who_has_no_right_is_told_so_and_nothing_else(google: Fake) -> None:
    found = secrets(google, b"one")
    google.world.closed_secrets.add("db")

    code, status, said = refused(found.versions().access(name=f"{DB}/versions/1"))
    assert (code, status) == (403, "PERMISSION_DENIED")
    assert (
        said
        == f"Permission 'secretmanager.versions.access' denied for resource '{DB}/versions/1' (or it may not exist)."
    )


def test_a_secret_has_a_policy_of_its_own(google: Fake) -> None:
    found = secrets(google)
    binding = {"role": ACCESSOR, "members": ["user:a@example.com"]}
    first = found.getIamPolicy(resource=DB).execute()
    found.setIamPolicy(resource=DB, body={"policy": {**first, "bindings": [binding]}}).execute()

    assert found.getIamPolicy(resource=DB).execute()["bindings"] == [binding]
    late = found.setIamPolicy(resource=DB, body={"policy": {**first, "bindings": []}})
    assert refused(late)[:2] == (409, "ABORTED")
    other: dict[str, Any] = {"replication": {"automatic": {}}}
    found.create(parent=f"projects/{PROJECT}", secretId="other", body=other).execute()
    assert "bindings" not in found.getIamPolicy(resource=f"projects/{PROJECT}/secrets/other").execute()
