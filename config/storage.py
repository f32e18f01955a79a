"""Where files of apps live that no container keeps: buckets for media and backups, or a folder of the machine.

An app that names a storage under `storage` is told, as environment, what its client needs: see docs/storage.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import ContainerPath, Flag, Model, SecretName
from config.forms import Text, Whole

BucketName = Annotated[
    str,
    Text(
        "must be a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots",
        "acme-prod-media",
        r"(?!goog)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]",
    ),
]
Location = Annotated[str, Text("must be a region or multi-region", "europe-west3", r"[a-z]+-[a-z]+[0-9]+|eu|us|asia")]
Endpoint = Annotated[
    str, Text("must be the address of an S3 service", "https://s3.example.com", r"https?://[!-~]+[^/]")
]
Region = Annotated[str, Text("must be a region's name", "eu-central-1", r"[a-z0-9-]{1,63}")]
KeyName = Annotated[str, Text("must be a short name in lower case", "k1", r"[a-z][a-z0-9]{0,15}")]
PrincipalEmail = Annotated[
    str,
    Text(
        "must be a service account's e-mail",
        "restore@acme-prod.iam.gserviceaccount.com",
        r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com",
    ),
]


class GcsStorage(Model):
    """A bucket of Google Cloud Storage that the stack makes. Needs `host.kind: gce`, whose project it is in."""

    kind: Literal["gcs"]
    bucket: BucketName
    """Its name, unique in the whole world; another name would be another bucket."""
    location: Location
    """Where it is kept; for backups another region than the machine's. A change would replace the bucket."""
    purpose: Literal["media", "backups"] = "media"
    """media: apps read, write and delete. backups: apps only add, and files expire by age."""
    versioning: Flag = True
    """Keeps overwritten and deleted files; three versions, 30 days."""
    keep_days: Annotated[int, Whole(1, 3650, 30, of="days")] | None = None
    """backups: files older than that are deleted; required there, refused for media."""
    retention_days: Annotated[int, Whole(1, 3650, 14, of="days")] | None = None
    """No file can be deleted or overwritten before it is that old; a brake on whoever stole a key."""
    soft_delete_days: Annotated[int, Whole(0, 90, 7, of="days")] | None = None
    """How long a deleted file can be brought back; the profile's default when absent. Google bills it."""
    keys: tuple[KeyName, ...] = ("k1",)
    """HMAC keys that exist; apps get the first. To rotate: put a new name in front, up, take the old one out, up."""
    readers: tuple[PrincipalEmail, ...] = ()
    """Service accounts that may read too, for example the one that restores."""


class S3Storage(Model):
    """A bucket of any S3 service, which exists already."""

    kind: Literal["s3"]
    bucket: BucketName
    """Its name."""
    endpoint: Endpoint
    """Where the service is reached by the apps."""
    region: Region = "auto"
    """Region the requests are signed for."""
    path_style: Flag = True
    """Whether the bucket's name is in the path; false puts it before the host name."""
    access_key: SecretName
    """Name of the secret that holds the access key."""
    secret_key: SecretName
    """Name of the secret that holds the secret key."""


class DirectoryStorage(Model):
    """A folder of the machine."""

    kind: Literal["directory"]
    path: ContainerPath
    """Folder on the machine; made when it is not there. It is never deleted."""


Storage = Annotated[GcsStorage | S3Storage | DirectoryStorage, Field(discriminator="kind")]
