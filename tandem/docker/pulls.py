"""What the host's Docker asks of registries, as who the stack is there: what is under a name, and to bring it.

Nobody is ever logged in, here or on the host: a login goes with each single question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from config.registries import registry_of
from tandem.docker import DockerError, logins, registry
from tandem.docker.logins import Account
from tandem.docker.registry import Manifest
from tandem.exits import environment

if TYPE_CHECKING:
    from tandem.engines.offline.resources.docker import Daemon
    from tandem.stack.session import Session

LIMIT = 300.0
"""Seconds a pull may take."""

Answer = TypeVar("Answer")


def manifest(session: Session, reference: str) -> Manifest:
    """What the registry says of an image. Pulls nothing.

    Raises DockerError with the registry's words, Stop where the password is not to be had.
    """
    from tandem.engines.offline.resources import docker

    account = logins.of(session, reference)
    login = docker.Login(account.user, account.password) if account else None

    def ask() -> Manifest:
        return registry.manifest(_by_api(session, account, lambda daemon: daemon.ask_registry(reference, login)))

    return session.patience.asked(registry_of(reference), ask)


def pull(session: Session, reference: str) -> None:
    """Pulls an image on the host. Raises Stop with the registry's words and the next thing to do."""
    account = logins.of(session, reference)
    try:
        session.patience.asked(registry_of(reference), lambda: _pull(session, reference, account))
    except DockerError as error:
        where = session.supply.where
        raise environment(
            f"image {reference} is not on {where} and cannot be pulled: {registry.words(str(error))}\n"
            f"{remedy(session, reference, error)}"
        ) from None


def pull_missing(session: Session, images: Iterable[str]) -> None:
    """Pulls what the host lacks from registries whose token a command makes: the engine has no login for those.

    Raises Stop.
    """
    for reference in images:
        said = session.settings.registries.get(registry_of(reference))
        if said is None or not said.password_command or session.docker.image(reference) is not None:
            continue
        session.show.say(f"{reference} is not on {session.supply.where}: pulling")
        pull(session, reference)


def remedy(session: Session, reference: str, error: DockerError) -> str:
    """The next thing to do after the registry of an image said no."""
    login = session.settings.registries.get(registry_of(reference))
    shell = "tandem ssh -- " if session.link else ""
    return registry.remedy(str(error), reference, login, session.supply.where, shell)


def _pull(session: Session, reference: str, account: Account | None) -> None:
    if account is None:
        session.docker.pull(reference, LIMIT)
        return
    # By the API and in this process: a `docker login` or a file would stay if this command were killed.
    from tandem.engines.offline.resources import docker

    login = docker.Login(account.user, account.password)
    _by_api(session, account, lambda daemon: daemon.pull_image(reference, login))


def _by_api(session: Session, account: Account | None, ask: Callable[[Daemon], Answer]) -> Answer:
    """One question to the host's Docker. Raises DockerError, in which the password does not stand."""
    from tandem.engines.offline.resources import docker

    try:
        daemon = docker.Daemon(session.link.docker_socket() if session.link else session.docker.endpoint)
        try:
            return ask(daemon)
        finally:
            daemon.close()
    except docker.DockerError as error:
        said, password = str(error), account.password if account else ""
        raise DockerError(said.replace(password, "[secret]") if password else said) from None
