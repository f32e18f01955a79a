"""What most methods of most APIs do: create, get, list, patch, replace, delete."""

from __future__ import annotations

from typing import Any

from tests.google.documents import Json, document
from tests.google.fake.call import Call, serves
from tests.google.fake.errors import invalid
from tests.google.fake.routes import APIS, segment
from tests.google.fake.world import fingerprint, now

_ASIDE = ("requestId", "skipInitialVersionCreation")


@serves("any.*.create")
def create(call: Call) -> Json:
    """A resource under the id that the query says, else its name in the body, else a number."""
    key = call.at(f"{call.path}/{segment(new_name(call))}")
    body = {**call.body, "name": call.body["name"] if call.method.api == "logging" else key[1]}
    return stamped(call.world.add(key, body))


def new_name(call: Call) -> str:
    """The id of what is to be made."""
    said = [value for name, value in call.query.items() if name.endswith("Id") and name not in _ASIDE]
    return str(said[0] if said else call.body.get("name") or call.world.number())


def stamped(body: Json) -> Json:
    """With the times and the etag that Google adds."""
    body.setdefault("createTime", now())
    body["etag"] = fingerprint({name: value for name, value in body.items() if name != "etag"})
    return body


@serves("any.*.get")
def get(call: Call) -> Json:
    """The resource as it is."""
    return call.target


@serves("any.*.list")
def list_(call: Call) -> Json:
    """All of a collection, on one page."""
    return {items_name(call): call.world.below(call.key)}


def items_name(call: Call) -> str:
    """Under which name the document lists."""
    properties = document(call.method.api, APIS[call.method.api])["schemas"][call.method.response]["properties"]
    lists = [name for name, said in properties.items() if said.get("type") == "array"]
    return str(next(name for name in lists if name not in ("unreachable", "warnings", "prefixes")))


@serves("any.*.patch")
def patch(call: Call) -> Json:
    """Only what the update mask names, else what the body has."""
    return stamped(masked(call, call.target, call.body, call.query.get("updateMask", "")))


def masked(call: Call, target: Json, body: Json, mask: str) -> Json:
    """The target with the named parts of the body; a dotted name reaches one level down."""
    for name in filter(None, mask.split(",")) if mask else list(body):
        outer, _, inner = name.partition(".")
        if inner:
            target.setdefault(outer, {})[inner] = body.get(outer, {}).get(inner)
        elif outer in body:
            target[outer] = body[outer]
        else:
            target.pop(outer, None)
    return target


@serves("any.*.update")
def replace(call: Call) -> Json:
    """The body takes the resource's place; what Google itself says of it stays."""
    kept = {name: value for name, value in call.target.items() if name in ("name", "createTime")}
    call.world.resources[call.key] = {**call.body, **kept}
    return stamped(call.target)


@serves("any.*.delete")
def delete(call: Call) -> Json:
    """The resource goes, with all below it and its policy."""
    _ = call.target
    call.world.drop(call.key)
    return {}


def merged(old: Any, new: Any) -> Any:
    """JSON merge patch (RFC 7396): null takes away, objects merge, anything else replaces."""
    if not isinstance(new, dict):
        return new
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def require(call: Call, *names: str) -> None:
    """Raises GoogleError 400 where the body lacks one of these."""
    for name in names:
        if not call.body.get(name):
            raise invalid(f"Required field '{name}' not specified")
