"""What really is on the host, before a run that is to look: Docker is asked for every object that the state knows.

One that is gone is forgotten, and made anew where the program declares it. A container whose limits somebody changed
(`docker update`; nothing else of one can be changed in place) loses them in the record, so that they are set again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from tandem.engines.offline.resources.container_config import limits
from tandem.engines.offline.resources.docker import Docker, DockerError
from tandem.engines.offline.resources.kind import StepError
from tandem.engines.offline.state import Record, doubted
from tandem.engines.offline.steps import Steps

CONTAINER = "docker:index/container:Container"

_LOOKS: Mapping[str, Callable[[Docker, str], dict[str, Any] | None]] = {
    CONTAINER: lambda docker, found: docker.inspect_container(found),
    "docker:index/network:Network": lambda docker, found: docker.inspect_network(found),
    "docker:index/volume:Volume": lambda docker, found: docker.inspect_volume(found),
}
_LIMITS = {
    "mem_limit": ("memory", "Memory"),
    "memswap_limit": ("memorySwap", "MemorySwap"),
    "mem_reservation": ("memoryReservation", "MemoryReservation"),
    "cpu_shares": ("cpuShares", "CpuShares"),
    "cpuset_cpus": ("cpuSet", "CpusetCpus"),
}
"""How a limit is called by docker-py, by the program, and by Docker."""


def refresh(steps: Steps, *, dry: bool) -> None:
    """Brings the records to what is there; a `dry` run keeps that to itself. Raises StepError without Docker."""
    for record in steps.state.snapshot().values():
        if look := _LOOKS.get(record.type):
            try:
                found = look(steps.worlds.of(record.provider).docker(), record.id)
            except DockerError as error:
                raise StepError(f"looking up {record.name} failed: {error}") from error
            _follow(steps, record, found, dry=dry)


def again(steps: Steps, names: Collection[str]) -> None:
    """Has this run make these resources again, declared as they were or not."""
    for record in steps.state.snapshot().values():
        if record.name in names:
            steps.state.records[record.urn] = doubted(record)


def _follow(steps: Steps, record: Record, found: Mapping[str, Any] | None, *, dry: bool) -> None:
    if found is None:
        if dry:
            steps.state.records.pop(record.urn)
        else:
            steps.state.forget(record)
        return
    changed = otherwise(record.inputs, found) if record.type == CONTAINER else set()
    if changed:
        inputs = {key: value for key, value in record.inputs.items() if key not in changed}
        steps.state.records[record.urn] = replace(record, inputs=inputs)  # kept with the update that sets them again


def otherwise(inputs: Mapping[str, Any], found: Mapping[str, Any]) -> set[str]:
    """The declared limits that a container does not have: names of inputs."""
    actual = found.get("HostConfig") or {}
    wanted = limits(inputs)
    policy = (wanted.get("restart_policy") or {}).get("Name")
    differing = {
        name for said, (name, key) in _LIMITS.items() if said in wanted and actual.get(key) not in (None, wanted[said])
    }
    return differing | ({"restart"} if policy and (actual.get("RestartPolicy") or {}).get("Name") != policy else set())
