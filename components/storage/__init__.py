"""The kinds of storage. A new kind is one model in `config.storage`, one file here and one `case`."""

from __future__ import annotations

from typing import assert_never

from components.host import Host
from components.storage.place import Place
from components.vault import Vault
from config import storage


def place(name: str, section: storage.Storage, *, user: str | None, host: Host, vault: Vault) -> Place:
    """One storage of the stack. `user`: `UID:GID` of the apps that use it, None where none does."""
    match section:
        case storage.GcsStorage():
            from components.storage import gcs

            return gcs.Bucket(name, section, ground=gcs.ground(host))
        case storage.S3Storage():
            from components.storage import s3

            return s3.Bucket(section, vault)
        case storage.DirectoryStorage():
            from components.storage import directory

            return directory.Folder(name, section, user=user, host=host)
        case _:
            assert_never(section)
