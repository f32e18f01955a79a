"""The host key of a new instance, from where its guest agent writes it down: Google's API, not the network."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pydantic import TypeAdapter, ValidationError

from components.hosts.gce.ground import Ground
from components.hosts.gce.resource import look_up
from config.reach import HOST_KEY_COMMAND, HOST_KEY_TYPES, NOBODYS_KEY, HostKey

PATH = "hostkeys/"


@dataclass(frozen=True)
class Known:
    """A host key; nobody's where it could not be had, and then the reason, with what comes next."""

    key: str
    why_not: str = ""


def host_key(ground: Ground, answered: pulumi.Output[str], address: pulumi.Output[str]) -> pulumi.Output[Known]:
    """The key to pin, once the machine has answered.

    A reason and no exception: the SDK tells an exception in an output once for everything that waits for it.
    """
    return pulumi.Output.all(address, answered).apply(lambda known: _read(ground, str(known[0])))


def _read(ground: Ground, address: str) -> Known:
    try:
        said = look_up(
            "compute/getInstanceGuestAttributes:getInstanceGuestAttributes",
            {"name": ground.named(), "project": ground.project, "zone": ground.zone, "queryPath": PATH},
        )
    except Exception as error:  # noqa: BLE001  (the SDK has no narrower one)
        return _unread(address, str(error).partition(" failed: ")[2] or str(error))
    shown = {value["key"]: value["value"] for value in said.get("queryValues") or ()}
    keys = [f"{kind} {shown[kind]}" for kind in HOST_KEY_TYPES if kind in shown]
    sound = [key for key in keys if _sound(key)]
    return Known(sound[0]) if sound else _unread(address, "its guest attributes hold none")


def _sound(key: str) -> bool:
    try:
        TypeAdapter(HostKey).validate_python(key)
    except ValidationError:
        return False
    return True


def _unread(address: str, why: str) -> Known:
    reason = f"the machine is made, at {address}, but its host key is not known here: {why.strip().splitlines()[-1]}"
    return Known(NOBODYS_KEY, f"{reason}\nnext: {HOST_KEY_COMMAND}")
