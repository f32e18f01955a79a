"""The host key of a new instance, from where its guest agent writes it down: Google's API, not the network."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute
from pydantic import TypeAdapter, ValidationError

from components.hosts.gce.ground import Ground
from config.reach import HOST_KEY_COMMAND, HOST_KEY_TYPES, HostKey

PATH = "hostkeys/"


def host_key(ground: Ground, answered: pulumi.Output[str], address: pulumi.Output[str]) -> pulumi.Output[str]:
    """The key to pin, once the machine has answered. Fails with the next command where it cannot be read."""
    return pulumi.Output.all(address, answered).apply(lambda known: _read(ground, str(known[0])))


def _read(ground: Ground, address: str) -> str:
    try:
        said = compute.get_instance_guest_attributes(
            name=ground.named(), project=ground.project, zone=ground.zone, query_path=PATH
        )
    except Exception as error:  # noqa: BLE001  (the SDK has no narrower one)
        raise _unread(address, str(error)) from None
    shown = {value.key: value.value for value in said.query_values or ()}
    keys = [f"{kind} {shown[kind]}" for kind in HOST_KEY_TYPES if kind in shown]
    found = next((key for key in keys if _sound(key)), None)
    if found is None:
        raise _unread(address, "its guest attributes hold none")
    return found


def _sound(key: str) -> bool:
    try:
        TypeAdapter(HostKey).validate_python(key)
    except ValidationError:
        return False
    return True


def _unread(address: str, why: str) -> pulumi.RunError:
    return pulumi.RunError(
        f"the machine is made, at {address}, but its host key is not known: {why.strip().splitlines()[-1]}\n"
        f"next: {HOST_KEY_COMMAND}"
    )
