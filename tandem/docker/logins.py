"""Who the stack is to registries that ask, with the password from wherever its secrets come from."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.registries import registry_of
from config.secrets import STACK_NAMESPACE, Wanted
from sources import command, env
from sources.found import Found, SourceError
from tandem.cloud import gcloud
from tandem.engines import EngineError
from tandem.exits import environment

if TYPE_CHECKING:
    from tandem.stack.session import Session


@dataclass(frozen=True)
class Account:
    """Who one is to a registry."""

    user: str
    password: str = field(repr=False)


def of(session: Session, reference: str) -> Account | None:
    """Who the stack is to the registry of an image; None where it is nobody there. Raises Stop."""
    place = registry_of(reference)
    return account(session, place) if place in session.settings.registries else None


def account(session: Session, place: str) -> Account | None:
    """Who the stack is to a registry of its file; None where the password is optional and has no value. Raises Stop."""
    said = session.settings.registries[place]
    if said.password is not None:
        password = value(session, session.settings.secrets.wanted(said.password))
        return None if password is None else Account(said.user, password)
    try:
        return Account(said.user, command.token(said.password_command))
    except SourceError as error:
        raise environment(f"registries.{place}.password_command: {error}") from None


def value(session: Session, wanted: Wanted) -> str | None:
    """The value of one secret; None where it is optional and has none. Raises Stop."""
    try:
        found = _read(session, wanted)
    except SourceError as error:
        raise environment(str(error)) from None
    if found.missing:
        raise environment("\n".join(found.missing))
    return found.values.get(wanted.name)


def _read(session: Session, wanted: Wanted) -> Found:
    if wanted.source == "env":
        return env.read([wanted])
    if wanted.source == "doppler":
        from sources import doppler

        return doppler.read(session.settings.secrets.doppler, [wanted])
    if wanted.source == "stack" or wanted.made:
        return Found({wanted.name: _of_the_stack(session, wanted)})
    return Found({wanted.name: _of_google(session, wanted)})


def _of_the_stack(session: Session, wanted: Wanted) -> str:
    from tandem.engines.pulumi_backend import Backend

    stack, key = session.stack, f"{STACK_NAMESPACE}:{wanted.own_key}"
    try:
        words = ["config", "get", key, "--stack", stack.stack, "-C", str(stack.directory), "--non-interactive"]
        return Backend(stack, embedded=session.local).ask(words).removesuffix("\n")
    except (EngineError, FileNotFoundError) as error:
        raise SourceError(f"secret {wanted.name}: {key} cannot be read (source `{wanted.source}`): {error}") from None


def _of_google(session: Session, wanted: Wanted) -> str:
    project, version = session.settings.google_project, str(wanted.said.version)
    words = ["secrets", "versions", "access", version, f"--secret={wanted.key}", f"--project={project}", "--quiet"]
    place = f"projects/{project}/secrets/{wanted.key}/versions/{version}"
    try:
        said = gcloud.run(["gcloud", *words])
    except FileNotFoundError:
        raise SourceError(f"secret {wanted.name}: {place} cannot be read: no `gcloud` on PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"secret {wanted.name}: {place} cannot be read: gcloud gives no answer") from None
    if said.returncode != 0:
        reason = (said.stderr.strip().splitlines() or ["gcloud failed"])[0]
        raise SourceError(f"secret {wanted.name}: {place} cannot be read (source `gcp`): {reason}")
    return said.stdout
