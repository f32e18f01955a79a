"""The plan of a run by the CLI: its events, one or more a resource, as one step each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.engines import Difference, Operation, Step

_REPLACES = "replace"
_DEFAULTS = "__defaults"
"""Among the inputs of a bridged provider: the properties that it filled in by itself, an automatic name among them."""
_HALVES = ("delete-replaced", "discard-replaced")
"""Ops that are the other half of a replacement, and no deletion."""


class Plan:
    """Collects the steps by URN, as they come."""

    def __init__(self) -> None:
        self._noted: dict[str, tuple[Operation, Mapping[str, Any], dict[str, Difference]]] = {}
        self._along: dict[str, str] = {}

    def note(self, operation: Operation, metadata: Mapping[str, Any]) -> None:
        """One `resourcePreEvent`. A replacement has several, of which one has the differences."""
        urn = metadata["urn"]
        if metadata["op"] in _HALVES:
            operation = "replace"
        known = self._noted.get(urn)
        diff = {**(known[2] if known else {}), **_differences(metadata)}
        if known and known[0] == "replace":
            operation = "replace"
        state = metadata.get("new") or (known[1] if known else None) or metadata.get("old") or {}
        self._noted[urn] = (operation, state, diff)

    def refuse(self, urn: str, along: str | None) -> None:
        """A replacement that the engine refuses, and often tells of by nothing but that."""
        _, state, diff = self._noted.get(urn, ("replace", {}, {}))
        self._noted[urn] = ("replace", state, diff)
        if along:
            self._along[urn] = _name(along)

    def steps(self) -> tuple[Step, ...]:
        """The steps, in the order the resources came up."""
        return tuple(_step(urn, *noted, self._along.get(urn, "")) for urn, noted in self._noted.items())


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _step(urn: str, operation: Operation, state: Mapping[str, Any], diff: Mapping[str, Difference], along: str) -> Step:
    provider = str(state.get("provider") or "").rpartition("::")[0].rpartition("::")[2]
    return Step(
        operation,
        urn.split("::")[2].rpartition("$")[2],
        _name(urn),
        urn,
        _as_wanted(state.get("inputs") or {}),
        diff,
        protect=bool(state.get("protect")),
        provider="" if provider.startswith("default") else provider,
        along=along,
    )


def _as_wanted(value: Any) -> Any:
    """Inputs as the program gave them, without what the provider added."""
    if isinstance(value, Mapping):
        added = {_DEFAULTS, *value.get(_DEFAULTS, ())}
        return {key: _as_wanted(item) for key, item in value.items() if key not in added}
    return [_as_wanted(item) for item in value] if isinstance(value, list) else value


def _differences(metadata: Mapping[str, Any]) -> dict[str, Difference]:
    detailed = metadata.get("detailedDiff") or {}
    if detailed:
        return {path: _kind(str(said.get("diffKind", ""))) for path, said in detailed.items()}
    changed: dict[str, Difference] = dict.fromkeys(metadata.get("diffs") or (), "update")
    replacing: dict[str, Difference] = dict.fromkeys(metadata.get("keys") or (), "replace")
    return {**changed, **replacing}


def _kind(said: str) -> Difference:
    return "replace" if said.endswith(_REPLACES) else "update"
