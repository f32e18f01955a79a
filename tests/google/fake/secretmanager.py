"""Secrets and their versions."""

from __future__ import annotations

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.world import Key, now

_SECRETS = "secretmanager.projects.secrets"
_STATES = {"enable": "ENABLED", "disable": "DISABLED", "destroy": "DESTROYED"}


@serves(f"{_SECRETS}.addVersion")
def add_version(call: Call) -> Json:
    """The next number, with its payload."""
    _ = call.target
    path = f"{call.key[1]}/versions/{len(_versions(call, call.key[1])) + 1}"
    call.world.payloads[call.at(path)] = call.body["payload"]
    return call.world.add(call.at(path), {"name": path, "state": "ENABLED", "createTime": now()})


@serves(f"{_SECRETS}.versions.access")
def access(call: Call) -> Json:
    """The payload of an enabled version, or of the latest one. Raises GoogleError 400 or 404."""
    path = call.key[1]
    if path.endswith("/latest"):
        known = _versions(call, path.removesuffix("/versions/latest"))
        path = known[-1][1] if known else path
    version = call.world.get(call.at(path))
    if version["state"] != "ENABLED":
        message = f"Secret Version [{path}] is in {version['state']} state."
        raise errors.GoogleError(400, "failedPrecondition", message)
    return {"name": path, "payload": call.world.payloads[call.at(path)]}


@serves(*(f"{_SECRETS}.versions.{word}" for word in _STATES))
def set_state(call: Call) -> Json:
    """On, off, or gone for ever."""
    if call.target["state"] == "DESTROYED" and call.method.word != "destroy":
        raise errors.GoogleError(400, "failedPrecondition", f"Secret Version [{call.key[1]}] is in DESTROYED state.")
    call.target["state"] = _STATES[call.method.word]
    return call.target


def _versions(call: Call, secret: str) -> list[Key]:
    return [key for key in call.world.payloads if key[1].startswith(f"{secret}/versions/")]
