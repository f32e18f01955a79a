"""What a source has of what is wanted, and why the rest is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from config.nearest import did_you_mean
from config.secrets import Wanted


class SourceError(Exception):
    """A whole source that cannot be read; `str` is for people: which source, why, what comes next."""


@dataclass(frozen=True)
class Found:
    """Values by name, and a line for each secret that has none and is not optional.

    `versions`: name → what names the value for ever at its source.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


Told = Callable[[Wanted], str]
"""Where a secret was looked for in vain, and the next command."""


def pick(wanted: Iterable[Wanted], held: Mapping[str, str], told: Told, *, names: Iterable[str] = ()) -> Found:
    """What of `held` (key → value) is wanted. An empty value is none: it is what an unset one looks like.

    `names`: keys that somebody who mistyped may have meant.
    """
    known = [key for key in names if held.get(key)]
    values, missing = {}, []
    for one in wanted:
        value = held.get(one.key, "")
        if "\0" in value:
            missing.append(f"secret {one.name}: holds a NUL byte (source `{one.source}`), which no environment can")
        elif value:
            values[one.name] = value
        elif not one.said.optional:
            missing.append("; ".join([f"secret {one.name}: {told(one)}", *_hint(one.key, known)]))
    return Found(values, tuple(missing))


def _hint(key: str, known: Iterable[str]) -> Iterator[str]:
    if hint := did_you_mean(key, known):
        yield hint
