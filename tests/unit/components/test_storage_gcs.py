"""A bucket of Google Cloud Storage on mocked resources: every option of the stack file, and what is always said."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from tandem.engines.mocks import google as google_made
from tests import engine, stacks
from tests.engine import SECRET_KEY, Program

MEDIA = {"kind": "gcs", "bucket": "acme-media", "location": "europe-west3"}
BACKUPS = {**MEDIA, "bucket": "acme-backups", "purpose": "backups", "keep_days": 60}
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
HMAC = "gcp:storage/hmacKey:HmacKey"
DAY = 24 * 60 * 60


def run(section: dict[str, Any], profile: str = "dev", used: bool = False, **host: Any) -> Program:
    """The program with this storage, each run once: it costs a third of a second."""
    return _run(json.dumps(section), profile, used, json.dumps(host))


@cache
def _run(said: str, profile: str, used: bool, hosts: str) -> Program:
    section, host = json.loads(said), json.loads(hosts)
    config = {**stacks.on_gce(**host), "profile": profile, "storage": {"media": section}}
    config["apps"] = {"web": {**stacks.WEB, "storage": ["media"] if used else []}}
    if profile != "dev":
        config["rollouts"] = {"web": {"live": "blue", "blue": {"image": stacks.IMAGE_1}}}
    return engine.run(config, answers={google_made.GUEST_ATTRIBUTES: google_made.host_keys(stacks.HOST_KEY)})


def bucket(section: dict[str, Any], profile: str = "dev", **host: Any) -> engine.Registered:
    (found,) = run(section, profile, **host).of("gcp:storage/bucket:Bucket")
    return found


def rules(section: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    said = bucket(section).inputs["lifecycleRules"]
    return [(rule["action"].get("storageClass") or rule["action"]["type"], rule["condition"]) for rule in said]


def test_what_keeps_a_bucket_private_is_always_said() -> None:
    said = bucket(MEDIA).inputs

    assert (said["name"], said["location"], said["project"]) == ("acme-media", "europe-west3", "acme-dev")
    assert said["uniformBucketLevelAccess"] is True
    assert said["publicAccessPrevention"] == "enforced"
    assert said["storageClass"] == "STANDARD"
    assert said["labels"] == {"profile": "dev", "project": "tandem", "stack": "test", "storage": "media"}


@pytest.mark.parametrize(("profile", "days"), [("dev", 0), ("staging", 7), ("prod", 30)])
def test_soft_delete_is_said_also_where_it_is_off(profile: str, days: int) -> None:
    assert bucket(MEDIA, profile).inputs["softDeletePolicy"] == {"retentionDurationSeconds": days * DAY}


def test_the_stack_file_may_choose_soft_delete_itself() -> None:
    assert bucket({**MEDIA, "soft_delete_days": 90}).inputs["softDeletePolicy"] == {
        "retentionDurationSeconds": 90 * DAY
    }


@pytest.mark.parametrize(("profile", "protected", "destroyed"), [("dev", False, True), ("prod", True, False)])
def test_the_profile_protects_a_bucket(profile: str, protected: bool, destroyed: bool) -> None:
    found = bucket(MEDIA, profile)

    assert (found.protect, found.inputs["forceDestroy"]) == (protected, destroyed)


def test_what_protects_the_machine_protects_its_buckets() -> None:
    assert bucket(MEDIA, protect=True).protect is True


def test_old_versions_of_media_go_by_number_and_by_age() -> None:
    assert bucket(MEDIA).inputs["versioning"] == {"enabled": True}
    assert rules(MEDIA) == [
        ("AbortIncompleteMultipartUpload", {"age": 7}),
        ("Delete", {"numNewerVersions": 3, "withState": "ARCHIVED"}),
        ("Delete", {"daysSinceNoncurrentTime": 30, "withState": "ARCHIVED"}),
    ]


def test_versioning_may_be_off() -> None:
    assert bucket({**MEDIA, "versioning": False}).inputs["versioning"] == {"enabled": False}


def test_backups_go_by_their_age() -> None:
    assert rules(BACKUPS)[1:] == [("Delete", {"age": 60, "withState": "ANY"})]


def test_backups_that_are_kept_long_move_to_cheaper_storage() -> None:
    assert ("NEARLINE", {"age": 30, "matchesStorageClasses": ["STANDARD"]}) in rules({**BACKUPS, "keep_days": 90})


def test_retention_is_never_locked_and_takes_the_place_of_versions() -> None:
    said = bucket({**BACKUPS, "retention_days": 14}).inputs

    assert said["retentionPolicy"] == {"retentionPeriod": str(14 * DAY), "isLocked": False}
    assert said["versioning"] == {"enabled": False}
    assert "retentionPolicy" not in bucket(BACKUPS).inputs


@pytest.mark.parametrize(
    ("section", "role"), [(MEDIA, "roles/storage.objectUser"), (BACKUPS, "roles/storage.objectCreator")]
)
def test_an_account_of_its_own_has_one_role_on_one_bucket(section: dict[str, Any], role: str) -> None:
    program = run(section)
    (member,) = program.of(MEMBER)
    account = program.one("storage-media-account").inputs["accountId"]

    assert account == "tandem-test-media-s3"
    assert (member.inputs["bucket"], member.inputs["role"]) == (section["bucket"], role)
    assert member.inputs["member"] == f"serviceAccount:{account}@acme-dev.iam.gserviceaccount.com"


def test_readers_may_read_and_nothing_else() -> None:
    program = run({**BACKUPS, "readers": ["restore@acme-dev.iam.gserviceaccount.com"]})
    readers = [found.inputs for found in program.of(MEMBER) if "reader" in found.name]

    assert readers == [
        {
            "bucket": "acme-backups",
            "role": "roles/storage.objectViewer",
            "member": "serviceAccount:restore@acme-dev.iam.gserviceaccount.com",
        }
    ]


def test_every_named_key_exists_and_belongs_to_that_account() -> None:
    found = run({**MEDIA, "keys": ["k2", "k1"]}).of(HMAC)

    assert [key.name for key in found] == ["storage-media-key-k1", "storage-media-key-k2"]
    assert {key.inputs["serviceAccountEmail"].partition("@")[0] for key in found} == {"tandem-test-media-s3"}


def test_apps_get_the_first_key_marked_and_wait_for_its_right() -> None:
    program = run(MEDIA, used=True)
    container = program.one(f"web-{program.outputs['live']['web']}")

    assert SECRET_KEY in container.inputs["envs"]
    assert {"AWS_SECRET_ACCESS_KEY=made-by-google", "STORAGE_MEDIA_SECRET_ACCESS_KEY=made-by-google"} <= set(
        container.inputs["envs"]["value"]
    )
    assert {"storage-media-apps", "storage-media-key-k1"} <= set(container.depends_on)


def test_a_new_name_in_front_is_a_new_release_and_an_old_one_that_goes_is_none() -> None:
    def live(*keys: str) -> str:
        return str(run({**MEDIA, "keys": list(keys)}, used=True).outputs["live"]["web"])

    assert live("k1") != live("k2", "k1") == live("k2")
