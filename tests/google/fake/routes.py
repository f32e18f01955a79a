"""From a request to the method of Google's documents that it calls.

Each API is mounted under its own name (`/iam/v1/…`), so that equal paths of two APIs never meet; the version that a
client says is left out. Paths are matched as sent: an encoded slash stays within its name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from tests.google.documents import document, methods

APIS = {
    "compute": "beta",
    "storage": "v1",
    "iam": "v1",
    "cloudresourcemanager": "v1",
    "cloudkms": "v1",
    "iap": "v1",
    "secretmanager": "v1",
    "oslogin": "v1",
    "monitoring": "v3",
    "logging": "v2",
}
"""API → the version whose document is served."""

_VERSION = re.compile(r"^(?:v\d+(?:(?:alpha|beta)\d*)?|beta|alpha)/")
_COLLECTION_WORDS = ("insert", "create", "list", "aggregatedList")


@dataclass(frozen=True)
class Method:
    """One method of a document. `tail`: what stands behind the resource's own path, for example `/setMetadata`."""

    api: str
    id: str
    verb: str
    pattern: re.Pattern[str]
    weight: int
    tail: str
    response: str

    @property
    def word(self) -> str:
        """`setMetadata` of `compute.instances.setMetadata`."""
        return self.id.rpartition(".")[2]


@dataclass(frozen=True)
class Found:
    """A method with the names that its path said. `path`: without the version; `resource`: also without the tail."""

    method: Method
    values: Mapping[str, str]
    path: str
    resource: str


def find(verb: str, raw_path: str) -> Found | None:
    """The method that a request means, the most literal one first; None where the documents have none."""
    api, _, rest = raw_path.lstrip("/").partition("/")
    if api not in APIS:
        return None
    path = canonical(_VERSION.sub("", rest))
    for method in table(api):
        if method.verb == verb and (match := method.pattern.fullmatch(path)):
            values = {name: unquote(value) for name, value in match.groupdict().items()}
            return Found(method, values, path, path.removesuffix(method.tail))
    return None


def canonical(path: str) -> str:
    """One spelling of a path, whatever a client encodes without need."""
    return "/".join(segment(unquote(part)) for part in path.split("/"))


def segment(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="@:")


@functools.cache
def table(api: str) -> tuple[Method, ...]:
    """All methods of an API, those with the most literal text first."""
    found = [_method(api, said) for said in methods(document(api, APIS[api]))]
    return tuple(sorted(found, key=lambda method: -method.weight))


def _method(api: str, said: Mapping[str, Any]) -> Method:
    path = _VERSION.sub("", said["path"])
    pieces = re.split(r"\{(\+?[A-Za-z0-9_$.]+)\}", path)
    literals, names = pieces[::2], pieces[1::2]
    pattern = "".join(
        re.escape(literal) + (_group(names[at], said["parameters"]) if at < len(names) else "")
        for at, literal in enumerate(literals)
    )
    word = said["id"].rpartition(".")[2]
    tail = "" if word in _COLLECTION_WORDS or not names else literals[-1]
    response = said.get("response", {}).get("$ref", "")
    return Method(api, said["id"], said["httpMethod"], re.compile(pattern), sum(map(len, literals)), tail, response)


def _group(name: str, parameters: Mapping[str, Any]) -> str:
    plain = name.lstrip("+")
    one = "[^/:]+"
    inside = one
    if name.startswith("+"):
        inside = parameters[plain].get("pattern", one).strip("^$").replace("[^/]+", one).replace(".*", ".+")
    return f"(?P<{re.sub(r'[^A-Za-z0-9_]', '_', plain)}>{inside})"
