"""What exists in the fake's Google Cloud: resources by path, their policies, operations; and what tests may arrange."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.google.documents import Json
from tests.google.fake import errors

Key = tuple[str, str]
"""API and path without version: `("compute", "projects/acme/zones/z/instances/vm")`."""


@dataclass
class World:
    """Nothing at first, but projects; a resource's body is what a GET answers."""

    projects: dict[str, str] = field(default_factory=lambda: {"acme-test": "123456789012"})
    """Id → number. Any other project is unknown to Google."""
    address: str = "203.0.113.10"
    """What reserved addresses get."""
    host_keys: dict[str, str] = field(default_factory=dict)
    """Type → base64: what instances say of themselves by guest attributes."""
    buckets_of_others: set[str] = field(default_factory=set)
    """Bucket names that somebody else in the world has."""
    machines_missing: set[tuple[str, str]] = field(default_factory=set)
    """(zone, machine type) that Google does not have there."""
    closed_secrets: set[str] = field(default_factory=set)
    """Ids of secrets that are there, but not for whoever asks to read."""
    image_date: str = "20260101"
    """Date in the name of every family's newest image; a later one is a newer image."""
    polls: int = 0
    """How often the next compute operation says RUNNING before it says DONE."""

    agent: Callable[[Json, bool], None] = lambda _instance, _boots: None
    """What runs on an instance: told of it when its metadata is new, and whether it boots. It must not wait."""

    resources: dict[Key, Json] = field(default_factory=dict)
    policies: dict[Key, Json] = field(default_factory=dict)
    operations: dict[str, Json] = field(default_factory=dict)
    payloads: dict[Key, Json] = field(default_factory=dict)
    objects: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Bucket → objects in it, by name."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(10**18))

    def number(self) -> str:
        """A new id."""
        return str(next(self._ids))

    def get(self, key: Key) -> Json:
        """A resource's body. Raises GoogleError 404."""
        if key not in self.resources:
            raise errors.not_found(key[1])
        return self.resources[key]

    def add(self, key: Key, body: Json) -> Json:
        """A new resource. Raises GoogleError 409 where one is."""
        if key in self.resources:
            raise errors.exists(key[1])
        self.resources[key] = body
        return body

    def drop(self, key: Key) -> None:
        """Takes a resource away, with all that is below it and every policy."""
        for known in (self.resources, self.policies, self.payloads):
            for one in [one for one in known if one == key or (one[0] == key[0] and one[1].startswith(f"{key[1]}/"))]:
                del known[one]

    def below(self, key: Key) -> list[Json]:
        """The resources of a collection, in the order they were made."""
        return [body for one, body in self.resources.items() if one[0] == key[0] and _parent(one[1]) == key[1]]

    def put_object(self, bucket: str, name: str) -> None:
        """A file in a bucket, as an app would have written it."""
        body = {"kind": "storage#object", "bucket": bucket, "name": name, "generation": self.number(), "size": "1"}
        self.objects.setdefault(bucket, {})[name] = body


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def fingerprint(of: Any) -> str:
    """What changes when a value changes."""
    return base64.b64encode(hashlib.sha256(json.dumps(of, sort_keys=True).encode()).digest()[:8]).decode()


def now() -> str:
    """The time as Google writes it."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
