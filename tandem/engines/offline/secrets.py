"""Secrets in the state: a keyed digest of each, never the value, and never a value in a message."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from typing import Any

from tandem.engines.offline.values import Secret, Unknown, contains, replaced, revealed

SEAL = "tandem:sealed"
MASK = "[secret]"
_SHORTEST_MASKED = 4


class Sealer:
    """Digests under one key per stack, so that a changed secret is noticed and a stolen state file tells nothing.

    `key` gives the key where one is needed; it lives beside the state, readable by its owner only.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._load = key
        self._key: bytes | None = None
        self._seen: set[str] = set()
        self._noting = threading.Lock()

    def sealed(self, value: Any) -> Any:
        """`value` with each secret replaced by `{SEAL: digest}`; fit for the state file."""
        return replaced(value, lambda item: {SEAL: self._digest(item.value)} if isinstance(item, Secret) else None)

    def same(self, recorded: Any, wanted: Any, *, unordered: bool = False) -> bool:
        """Whether `wanted` is what was recorded. An unknown never is: it may become anything."""
        return not contains(wanted, Unknown) and self._same(recorded, revealed(wanted), unordered)

    def _same(self, recorded: Any, wanted: Any, unordered: bool = False) -> bool:
        if is_seal(recorded):
            return hmac.compare_digest(recorded[SEAL], self._digest(wanted))
        if isinstance(recorded, dict) and isinstance(wanted, dict):
            return recorded.keys() == wanted.keys() and all(self._same(recorded[key], wanted[key]) for key in recorded)
        if isinstance(recorded, list) and isinstance(wanted, list):
            return len(recorded) == len(wanted) and self._same_items(recorded, wanted, unordered)
        return bool(recorded == wanted) and isinstance(recorded, bool) == isinstance(wanted, bool)

    def _same_items(self, recorded: list[Any], wanted: list[Any], unordered: bool) -> bool:
        if not unordered:
            return all(self._same(one, other) for one, other in zip(recorded, wanted, strict=True))
        left = list(recorded)
        for item in wanted:
            match = next((index for index, candidate in enumerate(left) if self._same(candidate, item)), None)
            if match is None:
                return False
            del left[match]
        return True

    def remember(self, value: Any) -> None:
        """Notes the secrets in `value`, so that `masked` can take them out of messages."""
        with self._noting:
            replaced(value, lambda item: self._note(item.value) if isinstance(item, Secret) else None)

    def _note(self, value: Any) -> None:
        match revealed(value):
            case str() as text if len(text) >= _SHORTEST_MASKED:
                self._seen.add(text)
                # `NAME=value` is how an environment carries a secret; the value alone must go too.
                if len(text.partition("=")[2]) >= _SHORTEST_MASKED:
                    self._seen.add(text.partition("=")[2])
            case dict() as fields:
                for item in fields.values():
                    self._note(item)
            case list() as items:
                for item in items:
                    self._note(item)

    def masked(self, text: str) -> str:
        """`text` without any secret that was seen in this run."""
        with self._noting:
            seen = sorted(self._seen, key=len, reverse=True)
        for secret in seen:
            text = text.replace(secret, MASK)
        return text

    def _digest(self, value: Any) -> str:
        canonical = json.dumps(revealed(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._load_key(), canonical.encode(), hashlib.sha256).hexdigest()

    def _load_key(self) -> bytes:
        if self._key is None:
            self._key = self._load()
        return self._key


def is_seal(value: Any) -> bool:
    """Whether `value` stands for a secret that only its digest is left of."""
    return isinstance(value, dict) and set(value) == {SEAL}


def has_seal(value: Any) -> bool:
    """Whether a sealed secret is anywhere in a recorded value."""
    if isinstance(value, dict):
        return is_seal(value) or any(has_seal(item) for item in value.values())
    return isinstance(value, list) and any(has_seal(item) for item in value)
