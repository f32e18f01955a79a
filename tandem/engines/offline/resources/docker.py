"""The Docker Engine as the engine sees it: a dozen calls, plain values, one error. Tests put a fake here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from docker import APIClient

SOCKET = "unix:///var/run/docker.sock"
ANSWER_LIMIT = 120
"""Seconds one call may take; builds and pulls may pause this long between two lines."""
PULL_LIMIT = 600
"""Seconds a whole pull may take."""


class Login(NamedTuple):
    """Who one is to the registry of one image, for one pull."""

    user: str
    password: str


class DockerError(Exception):
    """Docker said no, or nothing. `str` is its own explanation."""


class Docker(Protocol):
    """The calls the resource types make. `inspect_*` give None for what does not exist; removing it is fine."""

    def create_container(self, name: str, config: Mapping[str, Any]) -> str: ...  # noqa: D102
    def connect_network(self, container: str, network: str, endpoint: Mapping[str, Any]) -> None: ...  # noqa: D102
    def start_container(self, container: str) -> None: ...  # noqa: D102
    def stop_container(self, container: str, grace: int) -> None: ...  # noqa: D102
    def remove_container(self, container: str, *, volumes: bool) -> None: ...  # noqa: D102
    def update_container(self, container: str, settings: Mapping[str, Any]) -> None: ...  # noqa: D102
    def inspect_container(self, container: str) -> dict[str, Any] | None: ...  # noqa: D102
    def container_logs(self, container: str, lines: int) -> str: ...  # noqa: D102
    def create_network(self, name: str, settings: Mapping[str, Any]) -> str: ...  # noqa: D102
    def inspect_network(self, network: str) -> dict[str, Any] | None: ...  # noqa: D102
    def remove_network(self, network: str) -> None: ...  # noqa: D102
    def create_volume(self, name: str, settings: Mapping[str, Any]) -> None: ...  # noqa: D102
    def inspect_volume(self, volume: str) -> dict[str, Any] | None: ...  # noqa: D102
    def remove_volume(self, volume: str) -> None: ...  # noqa: D102
    def inspect_image(self, image: str) -> dict[str, Any] | None: ...  # noqa: D102
    def pull_image(self, image: str, login: Login | None = None) -> None: ...  # noqa: D102
    def build_image(self, settings: Mapping[str, Any]) -> None: ...  # noqa: D102
    def remove_image(self, image: str, *, force: bool) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


Connect = Callable[[str], Docker]
"""Opens the Docker Engine at an address such as `unix:///var/run/docker.sock`."""


class Daemon:
    """A real Docker Engine, by the `docker` library. Safe to share between threads."""

    def __init__(self, host: str) -> None:
        self.host = host
        # The library is only half typed.
        self._api: Any = _open(host)

    def create_container(self, name: str, config: Mapping[str, Any]) -> str:
        """Makes a container from the Engine API's own JSON; returns its id."""
        with _explained():
            return str(self._api.create_container_from_config(dict(config), name)["Id"])

    def connect_network(self, container: str, network: str, endpoint: Mapping[str, Any]) -> None:
        """Puts a container on one more network."""
        with _explained():
            self._api.connect_container_to_network(container, network, **endpoint)

    def start_container(self, container: str) -> None:
        """Starts it."""
        with _explained():
            self._api.start(container)

    def stop_container(self, container: str, grace: int) -> None:
        """TERM, and KILL after `grace` seconds."""
        with _explained(absent_is_fine=True):
            self._api.stop(container, timeout=grace)

    def remove_container(self, container: str, *, volumes: bool) -> None:
        """Removes it, running or not; with its anonymous volumes when asked."""
        with _explained(absent_is_fine=True):
            self._api.remove_container(container, v=volumes, force=True)

    def update_container(self, container: str, settings: Mapping[str, Any]) -> None:
        """Changes limits and restart policy in place."""
        with _explained():
            self._api.update_container(container, **settings)

    def inspect_container(self, container: str) -> dict[str, Any] | None:
        """Docker's own description."""
        return _or_none(lambda: self._api.inspect_container(container))

    def container_logs(self, container: str, lines: int) -> str:
        """The last lines it wrote."""
        with _explained():
            return bytes(self._api.logs(container, tail=lines)).decode(errors="replace")

    def create_network(self, name: str, settings: Mapping[str, Any]) -> str:
        """Makes a network; returns its id. A second one of the same name is refused."""
        with _explained():
            return str(self._api.create_network(name, check_duplicate=True, **settings)["Id"])

    def inspect_network(self, network: str) -> dict[str, Any] | None:
        """Docker's own description."""
        return _or_none(lambda: self._api.inspect_network(network))

    def remove_network(self, network: str) -> None:
        """Removes it."""
        with _explained(absent_is_fine=True):
            self._api.remove_network(network)

    def create_volume(self, name: str, settings: Mapping[str, Any]) -> None:
        """Makes a volume, or finds the one of that name."""
        with _explained():
            self._api.create_volume(name, **settings)

    def inspect_volume(self, volume: str) -> dict[str, Any] | None:
        """Docker's own description."""
        return _or_none(lambda: self._api.inspect_volume(volume))

    def remove_volume(self, volume: str) -> None:
        """Removes it and its data."""
        with _explained(absent_is_fine=True):
            self._api.remove_volume(volume)

    def inspect_image(self, image: str) -> dict[str, Any] | None:
        """Docker's own description."""
        return _or_none(lambda: self._api.inspect_image(image))

    def pull_image(self, image: str, login: Login | None = None) -> None:
        """Pulls it; gives up after PULL_LIMIT seconds. `login` goes with this one request and is kept nowhere."""
        said = {"username": login.user, "password": login.password} if login else None
        with _explained():
            _read(self._api.pull(image, stream=True, decode=True, auth_config=said), limit=PULL_LIMIT)

    def ask_registry(self, image: str, login: Login | None = None) -> dict[str, Any]:
        """What its registry says of an image that need not be here: `Descriptor` and `Platforms`. Pulls nothing."""
        said = {"username": login.user, "password": login.password} if login else None
        with _explained():
            return dict(self._api.inspect_distribution(image, auth_config=said))

    def build_image(self, settings: Mapping[str, Any]) -> None:
        """Builds it on the Docker host by the classic builder."""
        with _explained():
            _read(self._api.build(decode=True, rm=True, forcerm=True, **settings), limit=None)

    def remove_image(self, image: str, *, force: bool) -> None:
        """Removes or untags it."""
        with _explained(absent_is_fine=True):
            self._api.remove_image(image, force=force)

    def close(self) -> None:
        """Closes the connections."""
        self._api.close()


def _open(host: str) -> APIClient:
    # Half a second of imports that a run without changes never needs.
    from docker import APIClient
    from docker.errors import DockerException

    try:
        return APIClient(base_url=host, version="auto", timeout=ANSWER_LIMIT, use_ssh_client=True)
    except DockerException as error:
        raise DockerError(
            f"Docker does not answer at {host}: {error}. Is it running? `docker -H {host} info` says more"
        ) from error


@contextmanager
def _explained(*, absent_is_fine: bool = False) -> Iterator[None]:
    from docker.errors import APIError, DockerException, NotFound
    from requests.exceptions import RequestException

    try:
        yield
    except NotFound as error:
        if not absent_is_fine:
            raise DockerError(str(error.explanation or error)) from error
    except APIError as error:
        raise DockerError(str(error.explanation or error)) from error
    except (DockerException, RequestException) as error:
        raise DockerError(str(error)) from error


def _or_none(ask: Callable[[], Any]) -> dict[str, Any] | None:
    from docker.errors import NotFound

    with _explained():
        try:
            return dict(ask())
        except NotFound:
            return None


def _read(stream: Any, *, limit: int | None) -> None:
    """Follows a pull or a build to its end. Raises DockerError with its last lines when it fails or takes too long."""
    end = time.monotonic() + limit if limit else None
    last: list[str] = []
    for chunk in stream:
        if "error" in chunk:
            raise DockerError("\n".join([*last[-10:], str(chunk["error"]).strip()]))
        text = str(chunk.get("stream", "")).rstrip()
        last += [text] if text else []
        if end and time.monotonic() > end:
            raise DockerError(f"no end after {limit} s")
