"""A container's inputs in Docker's own words."""

from __future__ import annotations

from typing import Any

import pytest

from tandem.engines.offline.resources.container_config import container_config, further_networks, limits, nanoseconds


def host(**inputs: Any) -> dict[str, Any]:
    """The HostConfig of a container with these inputs."""
    config: dict[str, Any] = container_config({"image": "demo:1", **inputs})["HostConfig"]
    return config


def test_nothing_is_said_that_was_not_given() -> None:
    assert container_config({"image": "demo:1"}) == {
        "Image": "demo:1",
        "Labels": {},
        "ExposedPorts": {},
        "HostConfig": {},
    }


def test_memory_is_in_mebibytes_and_cpus_are_a_share_of_time() -> None:
    found = host(memory=64, memorySwap=64, memoryReservation=32, shmSize=16, cpus="1.5", cpuShares=512)
    assert found == {
        "Memory": 64 * 2**20,
        "MemorySwap": 64 * 2**20,
        "MemoryReservation": 32 * 2**20,
        "ShmSize": 16 * 2**20,
        "NanoCpus": 1_500_000_000,
        "CpuShares": 512,
    }
    assert host(memorySwap=-1) == {"MemorySwap": -1}


def test_isolation_is_passed_on() -> None:
    found = host(
        capabilities={"adds": ["CAP_NET_BIND_SERVICE"], "drops": ["ALL"]},
        securityOpts=["no-new-privileges:true"],
        readOnly=True,
        ulimits=[{"name": "nproc", "soft": 64, "hard": 128}],
        groupAdds=["33"],
        pidMode="host",
        init=True,
    )
    assert found == {
        "CapAdd": ["CAP_NET_BIND_SERVICE"],
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "ReadonlyRootfs": True,
        "Ulimits": [{"Name": "nproc", "Soft": 64, "Hard": 128}],
        "GroupAdd": ["33"],
        "PidMode": "host",
        "Init": True,
    }


def test_every_kind_of_mount_and_volume() -> None:
    mounts = [
        {"type": "bind", "source": "/srv", "target": "/s", "readOnly": True},
        {"type": "volume", "source": "data", "target": "/d"},
        {"type": "tmpfs", "target": "/t", "tmpfsOptions": {"sizeBytes": 1024, "mode": 448}},
    ]
    volumes = [
        {"containerPath": "/a", "hostPath": "/host"},
        {"containerPath": "/b", "volumeName": "vol", "readOnly": True},
    ]
    found = host(mounts=mounts, volumes=volumes, tmpfs={"/run": "size=1m"})
    assert found["Mounts"] == [
        {"Type": "bind", "Source": "/srv", "Target": "/s", "ReadOnly": True},
        {"Type": "volume", "Source": "data", "Target": "/d"},
        {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 448}},
    ]
    assert found["Binds"] == ["/host:/a", "vol:/b:ro"]
    assert found["Tmpfs"] == {"/run": "size=1m"}


def test_the_first_network_is_there_at_creation_and_the_others_are_joined() -> None:
    inputs = {"image": "i", "networksAdvanced": [{"name": "front", "aliases": ["gw"]}, {"name": "back"}]}
    config = container_config(inputs)
    assert config["HostConfig"]["NetworkMode"] == "front"
    assert config["NetworkingConfig"] == {"EndpointsConfig": {"front": {"Aliases": ["gw"]}}}
    assert further_networks(inputs) == {"back": {}}


def test_published_ports_are_exposed_too() -> None:
    config = container_config({"image": "i", "ports": [{"internal": 80, "external": 8080, "ip": "127.0.0.1"}]})
    assert config["ExposedPorts"] == {"80/tcp": {}}
    assert config["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}


def test_health_checks_are_in_nanoseconds() -> None:
    check = {"tests": ["CMD", "true"], "interval": "1m30s", "timeout": "500ms", "retries": 3}
    assert container_config({"image": "i", "healthcheck": check})["Healthcheck"] == {
        "Test": ["CMD", "true"],
        "Interval": 90 * 10**9,
        "Timeout": 5 * 10**8,
        "Retries": 3,
    }


@pytest.mark.parametrize("text", ["", "30", "1 m", "m", "-1s", "1s2"])
def test_a_duration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as"):
        nanoseconds(text)


def test_the_rest_has_its_place() -> None:
    config = container_config(
        {
            "image": "i",
            "command": ["serve"],
            "entrypoints": ["/init"],
            "user": "65534:65534",
            "workingDir": "/app",
            "hostname": "h",
            "stopSignal": "SIGQUIT",
            "stopTimeout": 30,
            "labels": [{"label": "a", "value": "1"}],
            "hosts": [{"host": "db", "ip": "10.0.0.1"}],
            "dns": ["1.1.1.1"],
            "restart": "on-failure",
            "maxRetryCount": 3,
            "logDriver": "json-file",
            "logOpts": {"max-size": "1m"},
        }
    )
    assert config["Cmd"], config["Entrypoint"] == (["serve"], ["/init"])
    assert (config["User"], config["WorkingDir"], config["Hostname"]) == ("65534:65534", "/app", "h")
    assert (config["StopSignal"], config["StopTimeout"], config["Labels"]) == ("SIGQUIT", 30, {"a": "1"})
    assert config["HostConfig"] == {
        "ExtraHosts": ["db:10.0.0.1"],
        "Dns": ["1.1.1.1"],
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}},
    }


def test_limits_are_what_can_change_while_it_runs() -> None:
    assert limits({"image": "i", "memory": 64, "memorySwap": 64, "restart": "no", "envs": ["A=1"]}) == {
        "mem_limit": 64 * 2**20,
        "memswap_limit": 64 * 2**20,
        "restart_policy": {"Name": "no", "MaximumRetryCount": 0},
    }
