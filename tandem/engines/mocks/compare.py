"""Two sets of declarations as a plan, resource by resource. Pure.

Nobody knows what exists: it is what an update from the one to the other would do, were the one what is there. What a
changed property does is told by the table of effects, and of Docker's and the host's resources by the offline engine's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from tandem.cloud import effects
from tandem.engines import Difference, Operation, Step
from tandem.engines.mocks.registered import Registered
from tandem.engines.offline.kinds import KINDS
from tandem.engines.offline.schema import Effect


def plan(before: Iterable[Registered], after: Iterable[Registered]) -> tuple[Step, ...]:
    """A step for every resource of either side, by URN; components have none."""
    was, now = ({one.urn: one for one in side if not _is_component(one.type)} for side in (before, after))
    steps = [_step("delete", one, {}) for urn, one in was.items() if urn not in now]
    for urn, one in now.items():
        if urn not in was:
            steps.append(_step("create", one, {}))
            continue
        found = differences(one.type, was[urn].inputs, one.inputs, one.ignore_changes)
        steps.append(_step(operation(found), one, found))
    return tuple(steps)


def differences(
    type_token: str, old: Mapping[str, Any], new: Mapping[str, Any], ignored: Collection[str] = ()
) -> dict[str, Difference]:
    """Property path → what its difference asks for, but for paths that `ignore_changes` names."""
    found: dict[str, Difference] = {}
    for path, was, now in _differing(old, new):
        if not any(one == "*" or _is_at(path, one) for one in ignored):
            found[path] = _asks(type_token, path, was, now)
    return found


def operation(found: Mapping[str, Difference]) -> Operation:
    """What these differences come to."""
    return "replace" if "replace" in found.values() else "update" if found else "same"


def _asks(type_token: str, path: str, old: Any, new: Any) -> Difference:
    if kind := KINDS.get(type_token):
        known = kind.schema.properties.get(re.split(r"[.\[]", path)[0])
        return "replace" if known and known.effect is Effect.REPLACE else "update"
    return "replace" if effects.effect(type_token, path, old, new) == "replace" else "update"


def _differing(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Path, old and new value of everything that differs."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _differing(old.get(key), new.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differing(one, other, f"{path}[{number}]")
    elif old != new:
        yield path, old, new


def _is_at(path: str, place: str) -> bool:
    return path == place or path.startswith((f"{place}.", f"{place}["))


def _step(does: Operation, one: Registered, found: Mapping[str, Difference]) -> Step:
    return Step(
        does,
        one.type,
        one.name,
        one.urn,
        one.inputs,
        found,
        protect=one.protect,
        delete_before_replace=one.delete_before_replace,
        ignore_changes=one.ignore_changes,
        provider=one.provider,
    )


def _is_component(type_token: str) -> bool:
    return type_token.startswith("tandem:")
