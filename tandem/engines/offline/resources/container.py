"""docker.Container: made, started, waited for; changed in place where Docker can; stopped and removed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.container_config import container_config, further_networks, limits
from tandem.engines.offline.resources.docker import Docker, DockerError
from tandem.engines.offline.resources.image import present
from tandem.engines.offline.resources.kind import HalfMadeError, Made, StepError, World
from tandem.engines.offline.resources.labels import carries
from tandem.engines.offline.schema import Schema, keys, nested, replacing, updating

WAIT_TIMEOUT = 60
POLL_SECONDS = 0.1
LOG_LINES = 20

_REPLACING = (
    "image name command entrypoints user workingDir hostname domainname dns dnsOpts dnsSearches networkMode "
    "securityOpts privileged groupAdds pidMode ipcMode usernsMode sysctls runtime stopSignal stopTimeout shmSize "
    "logDriver logOpts cpus readOnly tty stdinOpen publishAllPorts "
    # The provider takes these in place and Docker then ignores them. Here they replace: what is declared is what runs.
    "tmpfs init"
)
_UPDATING = (
    "restart maxRetryCount memory memoryReservation memorySwap cpuShares cpuSet "
    # Noted only, and used by a later start, wait or delete.
    "wait waitTimeout start mustRun removeVolumes destroyGraceSeconds"
)
_LIVE_LIMITS = set("restart maxRetryCount memory memoryReservation memorySwap cpuShares cpuSet".split())


class Container:
    """A container. A deploy never replaces one; what does, replaces it delete-first unless the program says no."""

    schema = Schema(
        type="docker:index/container:Container",
        properties=replacing(*_REPLACING.split())
        | updating(*_UPDATING.split())
        | {
            "envs": nested(),
            "labels": nested("label", "value"),
            "capabilities": nested("adds", "drops"),
            "networksAdvanced": nested("name", "aliases", unordered=False),
            "ports": nested("internal", "external", "ip", "protocol"),
            "volumes": nested("containerPath", "hostPath", "volumeName", "readOnly", "fromContainer"),
            "mounts": nested(
                "type",
                "target",
                "source",
                "readOnly",
                tmpfsOptions=keys("sizeBytes", "mode"),
                bindOptions=keys("propagation"),
            ),
            "hosts": nested("host", "ip"),
            "ulimits": nested("name", "soft", "hard"),
            "healthcheck": nested("tests", "interval", "timeout", "startPeriod", "retries"),
        },
        required=("image",),
        named=True,
        delete_first=True,
        computed=("name", "hostname", "networkDatas"),
    )

    def create(self, world: World, physical: str, inputs: Mapping[str, Any]) -> Made:
        """Makes it, and starts it if it shall run. HalfMadeError when it runs but not well: it is kept for its logs."""
        docker = world.docker()
        present(world, inputs["image"])
        made = self._make(docker, physical, inputs)
        starts = inputs.get("start", True)
        try:
            # Also of one that is not started here: whoever starts it later finds it as declared.
            for network, endpoint in further_networks(inputs).items():
                docker.connect_network(made.id, network, endpoint)
            if starts:
                docker.start_container(made.id)
        except DockerError as error:
            # It never ran: nothing to learn from it, so nothing is left.
            docker.remove_container(made.id, volumes=True)
            raise StepError(f"container {physical} does not start: {error}") from error
        if starts and inputs.get("wait"):
            _wait_until_healthy(docker, made, inputs.get("waitTimeout", WAIT_TIMEOUT))
        return _described(docker, made)

    def _make(self, docker: Docker, physical: str, inputs: Mapping[str, Any]) -> Made:
        try:
            found = docker.create_container(physical, container_config(inputs))
        except (DockerError, ValueError, KeyError) as error:
            raise StepError(f"container {physical}: {error}") from error
        return Made(found, {"name": physical})

    def update(self, world: World, made: Made, inputs: Mapping[str, Any], changed: tuple[str, ...]) -> Made:
        """Sets limits and restart policy of the running container; starts one that must run."""
        docker = world.docker()
        try:
            if _LIVE_LIMITS & set(changed):
                docker.update_container(made.id, limits(inputs))
            if "mustRun" in changed and inputs.get("mustRun", True):
                docker.start_container(made.id)
        except DockerError as error:
            raise StepError(f"container {made.computed['name']}: {error}") from error
        return made

    def delete(self, world: World, made: Made, inputs: Mapping[str, Any]) -> None:
        """TERM, `destroyGraceSeconds`, KILL, remove."""
        docker = world.docker()
        try:
            docker.stop_container(made.id, int(inputs.get("destroyGraceSeconds", 0)))
            docker.remove_container(made.id, volumes=bool(inputs.get("removeVolumes", True)))
        except DockerError as error:
            raise StepError(f"container {made.computed['name']}: {error}") from error

    def leftover(self, world: World, made: Made, physical: str, inputs: Mapping[str, Any]) -> Made | None:  # noqa: ARG002
        """One that runs is whole, as its start was the last call, and what came afterwards may have given it traffic.

        What never ran may be half of it: it is removed, and made again. A stranger's of the same name is left alone.
        """
        docker = world.docker()
        found = docker.inspect_container(physical)
        if found is None or ("name" in inputs and not carries(found["Config"].get("Labels"), inputs)):
            return None
        if _runs_as_made(found, inputs):
            return _described(docker, Made(str(found["Id"]), {"name": physical}))
        docker.remove_container(str(found["Id"]), volumes=True)
        return None

    def is_gone(self, world: World, made: Made, inputs: Mapping[str, Any]) -> bool:
        """Finishes the removal of one that has stopped. One that runs is left: traffic may have come back to it."""
        docker = world.docker()
        found = docker.inspect_container(made.id)
        if found is not None and found["State"]["Running"]:
            return False
        if found is not None:
            docker.remove_container(made.id, volumes=bool(inputs.get("removeVolumes", True)))
        return True


def _runs_as_made(found: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
    state = found["State"]
    return bool(state["Running"]) and (not inputs.get("wait") or state.get("Health", {}).get("Status") == "healthy")


def _wait_until_healthy(docker: Docker, made: Made, limit: float) -> None:
    end = time.monotonic() + limit
    while True:
        state = (docker.inspect_container(made.id) or {}).get("State", {})
        health = state.get("Health", {}).get("Status")
        if health == "healthy":
            return
        if health is None and state.get("Running"):
            raise HalfMadeError(f"container {made.computed['name']}: `wait` needs a healthcheck, and it has none", made)
        if not state.get("Running") or time.monotonic() > end:
            raise HalfMadeError(_unwell(docker, made, state, limit), made)
        time.sleep(POLL_SECONDS)


def _unwell(docker: Docker, made: Made, state: Mapping[str, Any], limit: float) -> str:
    what = f"is not healthy after {limit:g} s" if state.get("Running") else f"exited with {state.get('ExitCode')}"
    logs = docker.container_logs(made.id, LOG_LINES).rstrip()
    told = "".join(f"\n  {line}" for line in logs.splitlines())
    return f"container {made.computed['name']} {what}; its last lines:{told or ' none'}"


def _described(docker: Docker, made: Made) -> Made:
    found = docker.inspect_container(made.id) or {}
    networks = found.get("NetworkSettings", {}).get("Networks") or {}
    computed = {
        "name": made.computed["name"],
        "hostname": found.get("Config", {}).get("Hostname", ""),
        "networkDatas": [
            {
                "networkName": name,
                "ipAddress": network.get("IPAddress", ""),
                "macAddress": network.get("MacAddress", ""),
            }
            for name, network in sorted(networks.items())
        ],
    }
    return Made(made.id, computed)
