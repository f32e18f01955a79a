"""Secrets and their versions. Google names both by the project's number, whatever it was asked by."""

from __future__ import annotations

import re

from tests.google.documents import Json
from tests.google.fake import errors
from tests.google.fake.call import Call, serves
from tests.google.fake.plain import stamped
from tests.google.fake.world import Key, now

_SECRETS = "secretmanager.projects.secrets"
_STATES = {"enable": "ENABLED", "disable": "DISABLED", "destroy": "DESTROYED"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")


@serves(f"{_SECRETS}.create")
def create(call: Call) -> Json:
    """A secret without a version. Raises GoogleError 400 or 409."""
    name = call.query["secretId"]
    if not _ID.fullmatch(name):
        raise errors.invalid("Secret ID must match the regular expression [a-zA-Z0-9_-]{1,255}")
    # null is nothing, here as everywhere at Google.
    kept = {way: said for way, said in call.body.get("replication", {}).items() if said is not None}
    if len(kept) != 1:
        raise errors.invalid("Secret.replication must have exactly one of automatic and userManaged")
    key = call.at(f"{call.key[1]}/{name}")
    return stamped(call.world.add(key, {**call.body, "replication": kept, "name": _numbered(call, key[1])}))


@serves(f"{_SECRETS}.addVersion")
def add_version(call: Call) -> Json:
    """The next number, with its payload. Raises GoogleError 400 or 404."""
    kept = "automatic" if "automatic" in call.target["replication"] else "userManaged"
    if not call.body.get("payload", {}).get("data"):
        raise errors.invalid("SecretPayload cannot be empty")
    key = call.at(f"{call.key[1]}/versions/{len(_versions(call, call.key[1])) + 1}")
    call.world.payloads[key] = call.body["payload"]
    body = {"name": _numbered(call, key[1]), "state": "ENABLED", "replicationStatus": {kept: {}}}
    return stamped(call.world.add(key, body))


@serves(f"{_SECRETS}.versions.access")
def access(call: Call) -> Json:
    """The payload of an enabled version, or of the latest one. Raises GoogleError 400, 403 or 404."""
    path = call.key[1]
    secret, _, number = path.partition("/versions/")
    if secret.rpartition("/")[2] in call.world.closed_secrets:
        raise errors.denied("secretmanager.versions.access", path)
    known = _versions(call, secret)
    if number == "latest" and known:
        path = known[-1][1]
    if not known:
        raise errors.GoogleError(404, "notFound", f"Secret [{_numbered(call, secret)}] not found or has no versions.")
    if call.at(path) not in known:
        raise errors.GoogleError(404, "notFound", f"Secret Version [{_numbered(call, path)}] not found.")
    version = call.world.get(call.at(path))
    if version["state"] != "ENABLED":
        raise _in_state(version)
    return {"name": version["name"], "payload": call.world.payloads[call.at(path)]}


@serves(*(f"{_SECRETS}.versions.{word}" for word in _STATES))
def set_state(call: Call) -> Json:
    """On, off, or gone for ever, with its payload. Raises GoogleError 400 or 404."""
    version = call.target
    if version["state"] == "DESTROYED":
        raise _in_state(version)
    version["state"] = _STATES[call.method.word]
    if version["state"] == "DESTROYED":
        version["destroyTime"] = now()
        call.world.payloads[call.key] = {}
    return stamped(version)


@serves(f"{_SECRETS}.versions.list")
def versions(call: Call) -> Json:
    """The newest first."""
    return {"versions": call.world.below(call.key)[::-1]}


def _in_state(version: Json) -> errors.GoogleError:
    message = f"Secret Version [{version['name']}] is in {version['state']} state."
    return errors.GoogleError(400, "failedPrecondition", message)


def _numbered(call: Call, path: str) -> str:
    return path.replace(f"projects/{call.project}/", f"projects/{call.world.projects[call.project]}/", 1)


def _versions(call: Call, secret: str) -> list[Key]:
    return [key for key in call.world.payloads if key[1].startswith(f"{secret}/versions/")]
