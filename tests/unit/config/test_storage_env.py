from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from config.storage import GcsStorage, Storage
from config.storage_env import Key, environment

S3 = {
    "kind": "s3",
    "bucket": "acme",
    "endpoint": "https://s3.example.com",
    "region": "eu-1",
    "access_key": "A",
    "secret_key": "B",
}
GCS = {"kind": "gcs", "bucket": "acme-media", "location": "eu"}


def sections(**said: dict[str, Any]) -> dict[str, Storage]:
    kinds = TypeAdapter[Storage](Storage)
    return {name.replace("_", "-"): kinds.validate_python(section) for name, section in said.items()}


def test_an_app_without_storage_is_told_nothing() -> None:
    assert environment([], sections(media=S3)).names == set()


def test_every_storage_has_its_own_names() -> None:
    told = environment(["pictures-old", "backups"], sections(pictures_old=S3, backups=GCS))

    assert told.plain["STORAGE_PICTURES_OLD_BUCKET"] == "acme"
    assert told.plain["STORAGE_PICTURES_OLD_ENDPOINT"] == "https://s3.example.com"
    assert told.plain["STORAGE_PICTURES_OLD_REGION"] == "eu-1"
    assert told.plain["STORAGE_BACKUPS_ENDPOINT"] == "https://storage.googleapis.com"
    assert told.plain["STORAGE_BACKUPS_REGION"] == "auto"
    assert told.plain["STORAGE_BACKUPS_SIGNATURE_VERSION"] == "s3v4"
    assert told.keys["STORAGE_BACKUPS_SECRET_ACCESS_KEY"] == Key("backups", "secret")


def test_one_bucket_speaks_to_amazons_own_clients_too() -> None:
    told = environment(["media", "files"], sections(media=GCS, files={"kind": "directory", "path": "/srv/files"}))

    assert told.plain["AWS_ENDPOINT_URL_S3"] == "https://storage.googleapis.com"
    assert told.plain["AWS_REGION"] == told.plain["AWS_DEFAULT_REGION"] == "auto"
    assert told.plain["AWS_REQUEST_CHECKSUM_CALCULATION"] == "when_required"
    assert told.plain["AWS_RESPONSE_CHECKSUM_VALIDATION"] == "when_required"
    assert told.keys["AWS_ACCESS_KEY_ID"] == Key("media", "access")
    assert told.plain["STORAGE_FILES_DIRECTORY"] == "/storage/files"


def test_with_two_buckets_nobody_guesses_which_one_is_meant() -> None:
    told = environment(["media", "backups"], sections(media=S3, backups=GCS))

    assert not [name for name in told.names if name.startswith("AWS_")]


def test_the_buckets_name_goes_where_the_stack_file_says() -> None:
    def style(**more: Any) -> str:
        return environment(["media"], sections(media={**S3, **more})).plain["STORAGE_MEDIA_ADDRESSING_STYLE"]

    assert (style(), style(path_style=False)) == ("path", "virtual")


def test_soft_delete_is_the_profiles_where_the_stack_says_nothing() -> None:
    silent, said = (GcsStorage.model_validate({**GCS, **more}) for more in ({}, {"soft_delete_days": 9}))

    assert [silent.soft_delete(profile) for profile in ("dev", "staging", "prod")] == [0, 7, 30]
    assert said.soft_delete("prod") == 9
