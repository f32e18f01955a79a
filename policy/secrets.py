"""The rule about secrets: none of them lies open, in a state, a log or an instance's metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policy.planned import Planned, is_secret, is_unknown
from policy.rule import Context, rule

_OPEN = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\"private_key\":|\bya29\.[\w-]{20}|\bGOOG1E[A-Z0-9]{50,}")
"""What is a secret wherever it stands."""
_HINTS = ("PRIVATE KEY", "private_key", "ya29.", "GOOG1E")
"""Without one of these the pattern need not be looked for, in texts as long as packed files."""


@rule("open-secret", "No secret is planned without its mark")
def open_secret(resources: Sequence[Planned], context: Context) -> Iterator[tuple[str, str]]:
    """An unmarked one is kept and printed in the clear."""
    for resource in resources:
        for path in _lying_open(resource.inputs, context.secrets):
            yield resource.name, f"holds a secret in the clear at {path}"


def _lying_open(value: Any, names: frozenset[str], path: str = "") -> Iterator[str]:
    if is_secret(value) or is_unknown(value):
        return
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _lying_open(inside, names, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _lying_open(inside, names, f"{path}[{number}]")
    elif isinstance(value, str) and _is_open(value, names):
        yield path


def _is_open(text: str, names: frozenset[str]) -> bool:
    name, mark, value = text.partition("=")
    if mark and value and name in names and not is_secret(value):
        return True
    return any(hint in text for hint in _HINTS) and bool(_OPEN.search(text))
