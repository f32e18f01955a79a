"""The release hash: what changes it, what does not, and that nothing which replaces a container escapes it."""

from __future__ import annotations

from typing import Any

import pytest

from components.release import Release
from config.apps import App
from tests import engine, stacks

REPLACING = frozenset(
    """
    attach capabilities cgroupParent cgroupnsMode command cpus deviceRequests devices dns dnsOpts dnsSearches
    domainname entrypoints envs gpus groupAdds healthcheck hostname hosts image init ipcMode labels logDriver logOpts
    mounts name networkMode networksAdvanced pidMode platform ports privileged publishAllPorts readOnly rm runtime
    securityOpts shmSize stdinOpen stopSignal stopTimeout storageOpts sysctls tmpfs tty ulimits uploads user usernsMode
    volumes workingDir
    """.split()
)
"""Inputs for which the docker provider makes a new container, or which Docker silently does not change in place."""

IDENTITY_ONLY: frozenset[str] = frozenset()
"""Replacing inputs that may differ between releases without being hashed: none; labels and envs are checked apart."""


def release(**changes: Any) -> Release:
    settings = {
        "port": 8000,
        "health": {"kind": "http", "path": "/healthz"},
        "memory": 128,
        **{key: value for key, value in changes.items() if key not in {"image", "secrets"}},
    }
    return Release(
        app=App.model_validate(settings),
        image=changes.get("image", stacks.IMAGE_1),
        network="tandem-test",
        secrets=changes.get("secrets", {}),
        volumes={"data": "tandem-test-web-data"},
    )


@pytest.mark.parametrize(
    "change",
    [
        {"image": stacks.IMAGE_2},
        {"env": {"A": "1"}},
        {"command": ["serve"]},
        {"user": "1000:1000"},
        {"memory": 256},
        {"cpus": "0.5"},
        {"cpu_shares": 512},
        {"read_only": True},
        {"tmpfs": {"/tmp": "16m"}},
        {"capabilities": ["CAP_NET_BIND_SERVICE"]},
        {"volumes": {"data": {"path": "/data", "purpose": "uploads", "writable": True}}},
        {"labels": {"team": "shop"}},
        {"port": 9000},
        {"stop_grace": "20s"},
        {"log": {"max_size": "20m"}},
        {"processes": 99},
        {"secrets": {"TOKEN": "fingerprint-2"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_setting_of_the_container_changes_the_hash(change: dict[str, Any]) -> None:
    assert release().hash8 != release(**change).hash8


@pytest.mark.parametrize(
    "change",
    [
        {"drain_limit": "2m0s"},
        {"standby": "remove"},
        {"domains": ["a.example"]},
        {"max_body": "1g"},
        {"canary_cookie": "sessionid"},
        {"testers": True},
        {"watch": {"window": "1m0s", "bad": "warn", "slower": "off", "wait": True}},
        {"before_switch": {"command": ["migrate"]}},
        {"after_switch": {"command": ["warm-up"]}},
        {"workers": {"mail": {"command": ["work"]}}},
        {"cron": {"clean": {"command": ["clean"], "schedule": "5 4 * * *"}}},
    ],
    ids=str,
)
def test_settings_of_the_traffic_do_not_change_the_hash(change: dict[str, Any]) -> None:
    assert release().hash8 == release(**change).hash8


def test_the_order_of_env_and_capabilities_does_not_matter() -> None:
    one = release(env={"A": "1", "B": "2"}, capabilities=["CAP_CHOWN", "CAP_KILL"])
    two = release(env={"B": "2", "A": "1"}, capabilities=["CAP_KILL", "CAP_CHOWN"])

    assert one.hash8 == two.hash8


def test_no_input_that_replaces_a_container_escapes_the_hash() -> None:
    program = engine.run(stacks.switched())
    container = program.one("web-blue-" + _hash_of(program, "blue"))
    hashed = {_wire_name(argument) for argument in release(cpus="0.5", user="1:1", command=["a"]).arguments()}

    assert (set(container.inputs) & REPLACING) - hashed == IDENTITY_ONLY


def test_only_names_of_the_release_itself_are_added_after_hashing() -> None:
    program = engine.run(stacks.switched())
    container = program.one("web-blue-" + _hash_of(program, "blue"))
    hashed = release().arguments()

    added_envs = {env.split("=")[0] for env in container.inputs["envs"]} - {env.split("=")[0] for env in hashed["envs"]}
    added_labels = {label["label"] for label in container.inputs["labels"]} - set(hashed["labels"])

    assert {"TANDEM_APP", "TANDEM_COLOUR", "TANDEM_RELEASE"} == added_envs
    assert all(label.startswith("tandem.") for label in added_labels)


def _hash_of(program: engine.Program, colour: str) -> str:
    identity: str = program.outputs["releases"]["web"][colour]["release"]
    return identity.split("-")[1]


def _wire_name(argument: str) -> str:
    head, *rest = argument.split("_")
    return head + "".join(part.title() for part in rest)
