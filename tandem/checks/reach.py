"""Is Docker there, does it answer, and is it the one this stack means?"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tandem.checks.finding import Finding, bad, good, note
from tandem.docker import STRAY, Docker, DockerError, DockerMissingError

SUBJECT = "docker"
SSH = "ssh://"


def ask(docker: Docker) -> tuple[Finding, Mapping[str, Any]]:
    """Whether Docker answers, and what it says of itself (empty when it does not)."""
    try:
        info = docker.info()
    except DockerMissingError as error:
        if docker.endpoint.startswith(SSH):
            return there(docker.endpoint, str(error)), {}
        remedy = "Install it: `apt-get install docker.io` on Debian and Ubuntu, or see https://docs.docker.com/engine/install/"
        return bad(SUBJECT, "no `docker` on PATH", remedy), {}
    except DockerError as error:
        return unreachable(docker.endpoint, str(error)), {}
    if "DockerRootDir" not in info:
        return bad(
            SUBJECT, f"{docker.endpoint} is not Docker (Podman?)", "Start Docker's own daemon; Podman is not proved"
        ), info
    if any("rootless" in option for option in info.get("SecurityOptions") or ()):
        return bad(
            SUBJECT, f"{docker.endpoint} is a rootless daemon", "Start the system's daemon: memory limits need it"
        ), info
    return good(SUBJECT, f"{docker.endpoint}, version {info.get('ServerVersion', '?')}"), info


def unreachable(endpoint: str, said: str) -> Finding:
    """Why Docker did not answer, by name."""
    if endpoint.startswith(SSH):
        return there(endpoint, said)
    if "permission denied" in said.lower():
        remedy = "Join its group: `sudo usermod -aG docker $USER`, then log in again"
        return bad(SUBJECT, f"permission denied at {endpoint}", remedy)
    elsewhere = other_socket()
    if elsewhere:
        remedy = f"There is another one at {elsewhere}; tandem wants the system's: `sudo systemctl start docker`"
        return bad(SUBJECT, f"no daemon answers at {endpoint}", remedy)
    if "cannot connect" in said.lower() or "no such file" in said.lower():
        remedy = "Start it: `sudo systemctl start docker`, or `sudo dockerd &` where there is no systemd"
        return bad(SUBJECT, f"no daemon answers at {endpoint}", remedy)
    return bad(SUBJECT, said, "See `docker info`")


def told(error: DockerError) -> str:
    """The last word of a command that Docker ended: with the way out where this machine's daemon cannot be asked."""
    said = str(error)
    at = re.search(r"daemon(?: socket)? at (unix://\S+?)[:.]?(?:\s|$)", said)
    return unreachable(at[1], said).line() if at else f"docker: {said}\n`tandem check` says what to do"


def there(endpoint: str, said: str) -> Finding:
    """The same for a Docker at the other end of SSH."""
    if "no docker on" in said.lower():
        return bad(SUBJECT, f"none at {endpoint}", "Let it be installed: tandem bootstrap")
    if "permission denied" in said.lower() and "docker daemon socket" in said.lower():
        user = endpoint.removeprefix(SSH).partition("@")[0]
        return bad(SUBJECT, f"{user} is not in the group docker at {endpoint}", "Let it be added: tandem bootstrap")
    if "cannot connect to the docker daemon" in said.lower():
        return bad(SUBJECT, f"no daemon answers at {endpoint}", "Start it: tandem ssh -- sudo systemctl start docker")
    return bad(SUBJECT, said, "")


def other_socket() -> str | None:
    """The socket of a rootless Docker or of Podman, where there is one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    sockets = (Path(runtime) / "docker.sock", Path(runtime) / "podman/podman.sock", Path("/run/podman/podman.sock"))
    return next((str(socket) for socket in sockets if socket.exists()), None)


def elsewhere(stray: Mapping[str, str], endpoint: str) -> Iterator[Finding]:
    """Settings of this shell or user that send the `docker` command to another daemon than the stack's."""
    for name in STRAY:
        if name in stray:
            yield note(SUBJECT, f"{name}={stray[name]} is set; tandem ignores it and uses {endpoint}")
    context = current_context()
    if context:
        yield note(SUBJECT, f"your docker context is {context!r}; tandem ignores it and uses {endpoint}")


def current_context() -> str | None:
    """The docker context that the user chose, unless it is the default one."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        chosen = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("currentContext")
    except (OSError, ValueError):
        return None
    return chosen if chosen and chosen != "default" else None
