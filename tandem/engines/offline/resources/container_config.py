"""A container's inputs as the Docker Engine API wants them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tandem.engines.offline.resources.labels import labels

MIB = 1024 * 1024
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


def container_config(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /containers/create`. Raises ValueError for a value Docker could not mean."""
    config: dict[str, Any] = {
        "Image": inputs["image"],
        "Env": inputs.get("envs"),
        "Labels": labels(inputs),
        "Cmd": inputs.get("command"),
        "Entrypoint": inputs.get("entrypoints"),
        "User": inputs.get("user"),
        "WorkingDir": inputs.get("workingDir"),
        "Hostname": inputs.get("hostname"),
        "Domainname": inputs.get("domainname"),
        "StopSignal": inputs.get("stopSignal"),
        "StopTimeout": inputs.get("stopTimeout"),
        "Tty": inputs.get("tty"),
        "OpenStdin": inputs.get("stdinOpen"),
        "ExposedPorts": {_port_key(port): {} for port in inputs.get("ports", [])},
        "Healthcheck": _healthcheck(inputs.get("healthcheck")),
        "HostConfig": _without_nothing(_host_config(inputs)),
        "NetworkingConfig": _first_network(inputs),
    }
    return _without_nothing(config)


def further_networks(inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The networks after the first: the API takes one at creation, the others are joined before the start."""
    return {network["name"]: _join(network) for network in inputs.get("networksAdvanced", [])[1:]}


def limits(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What can change while the container runs, in the words of `docker.APIClient.update_container`."""
    chosen = {
        "mem_limit": _mebibytes(inputs.get("memory")),
        "memswap_limit": _swap(inputs),
        "mem_reservation": _mebibytes(inputs.get("memoryReservation")),
        "cpu_shares": inputs.get("cpuShares"),
        "cpuset_cpus": inputs.get("cpuSet"),
        "restart_policy": _restart(inputs),
    }
    return _without_nothing(chosen)


def _host_config(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_resources(inputs),
        **_isolation(inputs),
        "Binds": [_bind(volume) for volume in inputs.get("volumes", []) if not volume.get("fromContainer")] or None,
        "VolumesFrom": [volume["fromContainer"] for volume in inputs.get("volumes", []) if volume.get("fromContainer")]
        or None,
        "Mounts": [_mount(mount) for mount in inputs.get("mounts", [])] or None,
        "Tmpfs": inputs.get("tmpfs"),
        "NetworkMode": _network_mode(inputs),
        "PortBindings": _port_bindings(inputs),
        "PublishAllPorts": inputs.get("publishAllPorts"),
        "ExtraHosts": [f"{host['host']}:{host['ip']}" for host in inputs.get("hosts", [])] or None,
        "Dns": inputs.get("dns"),
        "DnsOptions": inputs.get("dnsOpts"),
        "DnsSearch": inputs.get("dnsSearches"),
        "RestartPolicy": _restart(inputs),
        "LogConfig": _logging(inputs),
        "Init": inputs.get("init"),
    }


def _resources(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Memory": _mebibytes(inputs.get("memory")),
        "MemorySwap": _swap(inputs),
        "MemoryReservation": _mebibytes(inputs.get("memoryReservation")),
        "NanoCpus": round(float(inputs["cpus"]) * 10**9) if "cpus" in inputs else None,
        "CpuShares": inputs.get("cpuShares"),
        "CpusetCpus": inputs.get("cpuSet"),
        "ShmSize": _mebibytes(inputs.get("shmSize")),
        "Ulimits": [
            {"Name": limit["name"], "Soft": limit["soft"], "Hard": limit["hard"]} for limit in inputs.get("ulimits", [])
        ]
        or None,
    }


def _isolation(inputs: Mapping[str, Any]) -> dict[str, Any]:
    capabilities = inputs.get("capabilities", {})
    return {
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "SecurityOpt": inputs.get("securityOpts"),
        "ReadonlyRootfs": inputs.get("readOnly"),
        "Privileged": inputs.get("privileged"),
        "GroupAdd": inputs.get("groupAdds"),
        "PidMode": inputs.get("pidMode"),
        "IpcMode": inputs.get("ipcMode"),
        "UsernsMode": inputs.get("usernsMode"),
        "Sysctls": inputs.get("sysctls"),
        "Runtime": inputs.get("runtime"),
    }


def _bind(volume: Mapping[str, Any]) -> str:
    source = volume.get("hostPath") or volume.get("volumeName")
    target = volume["containerPath"]
    return (f"{source}:{target}" if source else target) + (":ro" if volume.get("readOnly") else "")


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "Type": mount["type"],
        "Target": mount["target"],
        "Source": mount.get("source"),
        "ReadOnly": mount.get("readOnly"),
    }
    if mount["type"] == "tmpfs" and "tmpfsOptions" in mount:
        options = mount["tmpfsOptions"]
        made["TmpfsOptions"] = _without_nothing({"SizeBytes": options.get("sizeBytes"), "Mode": options.get("mode")})
    if mount["type"] == "bind" and "bindOptions" in mount:
        made["BindOptions"] = {"Propagation": mount["bindOptions"]["propagation"]}
    return _without_nothing(made)


def _network_mode(inputs: Mapping[str, Any]) -> str | None:
    networks = inputs.get("networksAdvanced", [])
    # Attached at creation, so the container is never on the default bridge, not even stopped.
    return networks[0]["name"] if networks else inputs.get("networkMode")


def _first_network(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    networks = inputs.get("networksAdvanced", [])
    if not networks or "aliases" not in networks[0]:
        return None
    return {"EndpointsConfig": {networks[0]["name"]: {"Aliases": networks[0]["aliases"]}}}


def _join(network: Mapping[str, Any]) -> dict[str, Any]:
    return {"aliases": network["aliases"]} if "aliases" in network else {}


def _port_key(port: Mapping[str, Any]) -> str:
    return f"{port['internal']}/{port.get('protocol', 'tcp')}"


def _port_bindings(inputs: Mapping[str, Any]) -> dict[str, list[dict[str, str]]] | None:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in inputs.get("ports", []):
        place = {"HostIp": port.get("ip", "0.0.0.0"), "HostPort": str(port.get("external", ""))}  # noqa: S104
        bindings.setdefault(_port_key(port), []).append(place)
    return bindings or None


def _restart(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    if "restart" not in inputs:
        return None
    return {"Name": inputs["restart"], "MaximumRetryCount": inputs.get("maxRetryCount", 0)}


def _logging(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    if "logDriver" not in inputs and "logOpts" not in inputs:
        return None
    return {"Type": inputs.get("logDriver", "json-file"), "Config": inputs.get("logOpts", {})}


def _healthcheck(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if check is None:
        return None
    made = {
        "Test": check["tests"],
        "Interval": nanoseconds(check.get("interval", "0s")),
        "Timeout": nanoseconds(check.get("timeout", "0s")),
        "StartPeriod": nanoseconds(check.get("startPeriod", "0s")),
        "Retries": check.get("retries", 0),
    }
    return {key: value for key, value in made.items() if value}


def nanoseconds(duration: str) -> int:
    """A Go duration such as "1m30s" in nanoseconds. Raises ValueError."""
    parts = _DURATION_PART.findall(duration)
    if "".join(amount + unit for amount, unit in parts) != duration or not parts:
        raise ValueError(f"{duration!r} is not a duration such as 30s or 1m0s")
    return round(sum(float(amount) * _NANOSECONDS[unit] for amount, unit in parts))


def _mebibytes(amount: int | None) -> int | None:
    return amount * MIB if amount is not None else None


def _swap(inputs: Mapping[str, Any]) -> int | None:
    swap = inputs.get("memorySwap")
    # -1 is Docker's word for "as much as there is".
    return swap if swap == -1 else _mebibytes(swap)


def _without_nothing(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
