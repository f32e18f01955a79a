"""What an app is told of the storages it names: variables, and which of them hold a half of a key. Pure.

The names are a contract with the apps: docs/storage.md. The program fills in the keys; the command knows by the same
names where to look in a container.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from config.storage import DirectoryStorage, GcsStorage, S3Storage, Storage

Half = Literal["access", "secret"]
Bucket = GcsStorage | S3Storage

GCS_ENDPOINT = "https://storage.googleapis.com"
"""Where Google speaks S3."""
GCS_REGION = "auto"
"""Google signs for no region, and takes this word for it."""
MOUNTED = "/storage"
"""In a container: below it are the folders of kind `directory`, by name."""


class Key(NamedTuple):
    """Stands for a value that no config has: half a key of a storage."""

    storage: str
    half: Half


@dataclass(frozen=True)
class Environment:
    """Variable → value, and variable → key. No variable is in both."""

    plain: Mapping[str, str]
    keys: Mapping[str, Key]

    @property
    def names(self) -> set[str]:
        """Every variable."""
        return {*self.plain, *self.keys}


def environment(used: Sequence[str], sections: Mapping[str, Storage]) -> Environment:
    """What an app that uses these storages is told. Names that are no storage are left out."""
    found = {name: sections[name] for name in used if name in sections}
    plain: dict[str, str] = {}
    keys: dict[str, Key] = {}
    for name, section in found.items():
        own = prefix(name)
        plain |= {f"{own}_{suffix}": value for suffix, value in _about(name, section).items()}
        if not isinstance(section, DirectoryStorage):
            keys |= {f"{own}_ACCESS_KEY_ID": Key(name, "access"), f"{own}_SECRET_ACCESS_KEY": Key(name, "secret")}
    buckets = {name: section for name, section in found.items() if not isinstance(section, DirectoryStorage)}
    if len(buckets) == 1:
        ((only, bucket),) = buckets.items()
        plain |= _of_every_client(bucket)
        keys |= {"AWS_ACCESS_KEY_ID": Key(only, "access"), "AWS_SECRET_ACCESS_KEY": Key(only, "secret")}
    return Environment(plain, keys)


def prefix(name: str) -> str:
    """`STORAGE_<NAME>`: what the variables of a storage begin with."""
    return f"STORAGE_{name.upper().replace('-', '_')}"


def mounted(name: str) -> str:
    """Where a container sees the folder of a storage."""
    return f"{MOUNTED}/{name}"


def endpoint(section: Bucket) -> str:
    """Address of the S3 service."""
    return GCS_ENDPOINT if isinstance(section, GcsStorage) else section.endpoint


def region(section: Bucket) -> str:
    """What its requests are signed for."""
    return GCS_REGION if isinstance(section, GcsStorage) else section.region


def addressing(section: Bucket) -> Literal["path", "virtual"]:
    """Where the bucket's name goes: into the path, or before the host name. Google takes both."""
    return "path" if isinstance(section, GcsStorage) or section.path_style else "virtual"


def _about(name: str, section: Storage) -> dict[str, str]:
    if isinstance(section, DirectoryStorage):
        return {"DIRECTORY": mounted(name)}
    return {
        "BUCKET": section.bucket,
        "ENDPOINT": endpoint(section),
        "REGION": region(section),
        "SIGNATURE_VERSION": "s3v4",
        "ADDRESSING_STYLE": addressing(section),
    }


def _of_every_client(section: Bucket) -> dict[str, str]:
    """What Amazon's own clients read by themselves, where there is one bucket that they can mean."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint(section),
        "AWS_REGION": region(section),
        "AWS_DEFAULT_REGION": region(section),
        # Newer clients add checksums that most other services than Amazon's answer with SignatureDoesNotMatch.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        # Nobody answers there, and a client would wait for it.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
