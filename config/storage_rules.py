"""What storages, apps and host must say together. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from config.apps import App
from config.forms import Mistake
from config.storage import DirectoryStorage, GcsStorage, Storage
from config.storage_env import endpoint, environment, mounted

DATA_DISK = "/mnt/tandem"
"""Where an instance of Google Cloud has the disk that outlives it."""


def storage_mistakes(
    host: str | None, sections: Mapping[str, Storage], apps: Mapping[str, App], *, known: Collection[str]
) -> Iterator[Mistake]:
    """What is wrong between them.

    `sections` and `apps` may be only the sound part of a file; `known` names every storage it has. `host`: its kind,
    None where it is not known.
    """
    for name, section in sections.items():
        if host is not None:
            yield from _of_the_host(name, section, host)
    yield from _two_of_one(sections)
    for name, app in apps.items():
        yield from _unknown(name, app, known)
        yield from _variables(name, app, sections)
        yield from _mounts(name, app, sections)
    yield from _users(apps, sections)


def _of_the_host(name: str, section: Storage, host: str) -> Iterator[Mistake]:
    if isinstance(section, GcsStorage) and host != "gce":
        reason = f"gcs needs host.kind gce, in whose project it is, and here it is {host}: use s3 or directory"
        yield Mistake(f"storage.{name}.kind", f"{reason}, for example {{kind: directory, path: /srv/{name}}}")
    if isinstance(section, DirectoryStorage) and host == "gce" and not _within(section.path, DATA_DISK):
        reason = f"would be on the boot disk, which goes with its machine; the one that stays is at {DATA_DISK}"
        yield Mistake(f"storage.{name}.path", f"{reason}, for example {DATA_DISK}/{name}")


def _two_of_one(sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    owners: dict[str, str] = {}
    for name, section in sections.items():
        if isinstance(section, DirectoryStorage):
            yield from _folder_of_two(name, section, sections)
            continue
        owner = owners.setdefault(f"{endpoint(section)} {section.bucket}", name)
        if owner != name:
            reason = f"{section.bucket} is the bucket of {owner} already: a bucket has one storage"
            yield Mistake(f"storage.{name}.bucket", f"{reason}, for example {section.bucket}-{name}")


def _folder_of_two(name: str, section: DirectoryStorage, sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    for other, before in sections.items():
        if other == name:
            return
        if isinstance(before, DirectoryStorage) and (
            _within(section.path, before.path) or _within(before.path, section.path)
        ):
            reason = f"overlaps with the folder of {other}, {before.path}: give each its own"
            yield Mistake(f"storage.{name}.path", f"{reason}, for example {before.path}-{name}")


def _unknown(name: str, app: App, known: Collection[str]) -> Iterator[Mistake]:
    for used in dict.fromkeys(app.storage):
        if used not in known:
            yield Mistake(f"apps.{name}.storage", f"{used} is no storage of this stack, {_like(used, known)}")


def _like(name: str, known: Collection[str]) -> str:
    if not known:
        return f"for example tandem:storage: {{{name}: {{kind: directory, path: /srv/{name}}}}}"
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean '{close[0]}'?" if close else f"for example [{sorted(known)[0]}]"


def _variables(name: str, app: App, sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    """A variable said twice would be told twice, and each container would choose for itself."""
    told = environment(app.storage, sections).names
    for path, said in app.variables.items():
        for variable in sorted(told.intersection(said)):
            reason = f"{variable} comes from the app's storage already: remove it here"
            yield Mistake(f"apps.{name}.{path}", f"{reason}, for example another name, or storage: []")


def _mounts(name: str, app: App, sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    folders = [mounted(used) for used in app.storage if isinstance(sections.get(used), DirectoryStorage)]
    mounts = [*((f"volumes.{short}.path", volume.path) for short, volume in app.volumes.items())]
    mounts += (("tmpfs", path) for path in app.tmpfs)
    for key, path in mounts:
        for folder in folders:
            if _within(path, folder) or _within(folder, path):
                reason = f"{path} is in the way of {folder}, where a storage of the app is: move it"
                yield Mistake(f"apps.{name}.{key}", f"{reason}, for example to /data")


def _users(apps: Mapping[str, App], sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    """The host makes the folder for a user, whom it knows by number only."""
    owners: dict[str, tuple[str, str]] = {}
    for name, app in apps.items():
        folders = [used for used in dict.fromkeys(app.storage) if isinstance(sections.get(used), DirectoryStorage)]
        if folders and not re.fullmatch("[0-9]+:[0-9]+", app.user or ""):
            reason = f"must be numbers, as the folder of {folders[0]} is made for them on the machine"
            yield Mistake(f"apps.{name}.user", f"{reason}, for example '65534:65534'")
            continue
        for used in folders:
            owner, user = owners.setdefault(used, (name, str(app.user)))
            if user != app.user:
                reason = f"must be the user of {owner}, as both write to {used}"
                yield Mistake(f"apps.{name}.user", f"{reason}, for example '{user}'")


def _within(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
