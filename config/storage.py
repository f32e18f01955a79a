"""Where files of apps live that no container keeps: buckets for media and backups, or a folder of the machine.

An app that names a storage under `storage` is told, as environment, what its client needs: see docs/storage.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.base import ContainerPath, Flag, Model, SecretName
from config.forms import Mistake, Text, Whole, refuse
from config.profiles import DEFAULTS, Profile

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
    """Keeps overwritten and deleted files; three versions, 30 days. Off where there is `retention_days`."""
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

    @model_validator(mode="after")
    def _hangs_together(self) -> GcsStorage:
        refuse([*self._about_age(), *self._about_keys()])
        return self

    @property
    def keeps_versions(self) -> bool:
        """Retention takes the place of versions: what cannot be overwritten has one."""
        return self.versioning and self.retention_days is None

    def soft_delete(self, profile: Profile) -> int:
        """Days for which a deleted file can be brought back."""
        return DEFAULTS[profile].soft_delete_days if self.soft_delete_days is None else self.soft_delete_days

    def _about_age(self) -> Iterator[Mistake]:
        if self.purpose == "media" and self.keep_days is not None:
            reason = "would delete media by their age: remove it, or say what it is, for example purpose: backups"
            yield Mistake("keep_days", reason)
        if self.purpose == "backups" and self.keep_days is None:
            yield Mistake("keep_days", "is required for backups, which nobody else deletes, for example 30")
        if self.keep_days and self.retention_days and self.keep_days < self.retention_days:
            reason = "is less than retention_days, before which nothing can be deleted"
            yield Mistake("keep_days", f"{reason}, for example {self.retention_days}")
        if self.soft_delete_days is not None and 0 < self.soft_delete_days < 7:
            yield Mistake("soft_delete_days", "must be 0 or 7 to 90 days, which is what Google takes, for example 7")
        if self.retention_days is not None and self.versioning and "versioning" in self.model_fields_set:
            reason = "does not go with retention_days, which lets nothing be overwritten: remove one of them"
            yield Mistake("versioning", f"{reason}, for example versioning: false")

    def _about_keys(self) -> Iterator[Mistake]:
        if not self.keys:
            yield Mistake("keys", "must name a key at least, which apps sign with, for example [k1]")
        for name, times in Counter(self.keys).items():
            if times > 1:
                yield Mistake("keys", f"names {name} {times} times: keep one, for example [{name}]")


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

    @model_validator(mode="after")
    def _two_secrets(self) -> S3Storage:
        if self.access_key == self.secret_key:
            reason = "must be another secret than access_key: a key has two halves, for example S3_SECRET_KEY"
            refuse([Mistake("secret_key", reason)])
        return self


class DirectoryStorage(Model):
    """A folder of the machine."""

    kind: Literal["directory"]
    path: ContainerPath
    """Folder on the machine; made when it is not there, for the user that the apps run as. It is never deleted."""


Storage = Annotated[GcsStorage | S3Storage | DirectoryStorage, Field(discriminator="kind")]
