"""Who the command is to registries that ask, for one pull at a time: nobody is ever logged in, here or on the host."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from config.registries import registry_of
from config.secrets import STACK_NAMESPACE, Wanted
from sources import env
from sources.found import Found, SourceError
from tandem.cloud import gcloud
from tandem.docker import DockerError
from tandem.engines import EngineError
from tandem.exits import environment

if TYPE_CHECKING:
    from tandem.session import Session


def pull(session: Session, reference: str) -> bool:
    """Pulls an image on the host as who the stack file says; False where it says nothing of the registry.

    Raises DockerError with the registry's words, Stop where the password is not to be had.
    """
    login = session.settings.registries.get(registry_of(reference))
    if login is None:
        return False
    password = value(session, session.settings.secrets.wanted(login.password))
    if password is None:
        return False
    # By the API and in this process: a `docker login` or a file would stay if this command were killed.
    from tandem.engines.offline.resources import docker

    try:
        daemon = docker.Daemon(session.link.docker_socket() if session.link else session.docker.endpoint)
        try:
            daemon.pull_image(reference, docker.Login(login.user, password))
        finally:
            daemon.close()
    except docker.DockerError as error:
        raise DockerError(str(error).replace(password, "[secret]")) from None
    return True


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
