"""What an app's contract says that the rest of the stack file cannot keep. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from config.apps import App
from config.forms import Mistake
from config.nearest import nearest
from config.secret_files import FOLDER
from config.secrets import Secrets
from config.storage import DirectoryStorage, Storage
from config.storage_env import environment, mounted


def expects_mistakes(sections: Mapping[str, Storage], apps: Mapping[str, App]) -> Iterator[Mistake]:
    """What is wrong between contracts, apps and storages. Both may be only the sound part of a file."""
    for name, app in apps.items():
        stored = environment(app.storage, sections).names
        yield from _misnamed(name, app)
        yield from _aliases_of_storage(name, app, stored)
        if all(used in sections for used in app.storage):
            yield from _missing(name, app, stored)
            yield from _mounts(name, app, sections)


def optional_all_the_same(secrets: Secrets, apps: Mapping[str, App]) -> Iterator[Mistake]:
    """Secrets that may have no value, of apps that demand one."""
    for name, app in apps.items():
        for secret in app.secrets:
            expected = app.expects.variables.get(secret)
            if expected and expected.required and secret in secrets.names and secrets.names[secret].optional:
                reason = f"is not for a variable that {name} expects (apps.{name}.expects): remove it"
                yield Mistake(f"secrets.names.{secret}.optional", f"{reason}, for example optional: false")


def _misnamed(name: str, app: App) -> Iterator[Mistake]:
    right = app.expects.right_names
    for place, said in app.variables.items():
        for alias in said:
            if alias in right:
                one = place == "secrets"
                path, subject = (place, f"{alias} ") if one else (f"{place}.{alias}", "")
                yield Mistake(f"apps.{name}.{path}", f"{subject}{_wrong_name(app, right[alias])}")


def _wrong_name(app: App, name: str) -> str:
    if app.expects.variables[name].alias == "inject":
        return f"is told from {name} already (expects): remove it here, for example keep {name}"
    return f"is called {name} in this app (expects): rename it, for example {name}"


def _aliases_of_storage(name: str, app: App, stored: Collection[str]) -> Iterator[Mistake]:
    for alias, right in app.expects.right_names.items():
        if alias in stored:
            reason = f"{alias} comes from the app's storage: remove it"
            yield Mistake(f"apps.{name}.expects.variables.{right}.aliases", f"{reason}, for example {right}_OLD")


def _missing(name: str, app: App, stored: Collection[str]) -> Iterator[Mistake]:
    """Required variables that nothing gives; what is given and not expected may be one of them, misspelled."""
    given = {"env": app.env, "secrets": app.secrets, "storage": stored}
    strangers = {
        variable: place for place, said in given.items() for variable in said if variable not in app.expects.variables
    }
    for variable, one in app.expects.variables.items():
        if one.required and app.env.get(variable) == "":
            reason = "is empty, and the app expects a value (expects)"
            yield Mistake(f"apps.{name}.env.{variable}", f"{reason}, for example '1'")
        if not one.required or any(known in said for said in given.values() for known in (variable, *one.aliases)):
            continue
        reason = "is required, and neither env nor secrets nor storage gives it"
        meant = nearest(variable, strangers)
        hint = f"; {strangers[meant]} has {meant}, did you mean '{variable}'?" if meant else _for_example(variable)
        yield Mistake(f"apps.{name}.expects.variables.{variable}", reason + hint)


def _for_example(variable: str) -> str:
    return f", for example secrets: [{variable}]" if variable.isupper() else f", for example env: {{{variable}: '1'}}"


def _mounts(name: str, app: App, sections: Mapping[str, Storage]) -> Iterator[Mistake]:
    mounts = {volume.path: volume.writable for volume in app.volumes.values()} | dict.fromkeys(app.tmpfs, True)
    mounts |= {mounted(used): True for used in app.storage if isinstance(sections[used], DirectoryStorage)}
    mounts |= {FOLDER: False} if app.delivery == "files" and app.secrets else {}
    for path, one in app.expects.paths.items():
        # The nearest one: a mount hides what a wider one has at its place.
        holder = max((folder for folder in mounts if _within(path, folder)), key=len, default=None)
        place = f"apps.{name}.expects.paths.{path}"
        if one.mounted and holder is None:
            example = f"volumes: {{data: {{path: {path}, purpose: what it holds}}}}"
            reason = "cannot be: no volume, tmpfs or storage of the app is there"
            yield Mistake(f"{place}.mounted", f"{reason}, for example {example}")
        if one.mounted is False and holder is not None:
            yield Mistake(f"{place}.mounted", f"cannot be: {holder} is mounted, for example mounted: true")
        if one.writable and not (mounts[holder] if holder else not app.read_only):
            why = (
                f"{holder} is mounted read-only" if holder else "the app is read_only, and no volume or tmpfs is there"
            )
            yield Mistake(f"{place}.writable", f"cannot be: {why}, for example writable: false")


def _within(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
