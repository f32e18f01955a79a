"""What goes wrong on purpose: a method by its id, or the n-th call that changes something."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field

from tests.google.fake.errors import GoogleError
from tests.google.fake.routes import Method

_ASKS = ("getIamPolicy", "testIamPermissions", "wait", "access", "queryTestablePermissions")


@dataclass
class Faults:
    """Empty: all goes well. `seen`: ids of the calls that changed something, in order, failed ones too."""

    seen: list[str] = field(default_factory=list)
    _by_method: list[tuple[str, GoogleError, int]] = field(default_factory=list)
    _by_count: dict[int, GoogleError] = field(default_factory=dict)

    def fail(self, method: str, error: GoogleError, *, times: int = 1) -> None:
        """The next calls of a method, for example `compute.instances.insert` or `storage.*`, get this answer."""
        self._by_method.append((method, error, times))

    def fail_mutation(self, number: int, error: GoogleError) -> None:
        """The n-th changing call from now on (the first is 1) gets this answer."""
        self._by_count[len(self.seen) + number] = error

    def clear(self) -> None:
        """All goes well again, and counting starts anew."""
        self.seen.clear()
        self._by_method.clear()
        self._by_count.clear()

    def met(self, method: Method) -> GoogleError | None:
        """What this call meets; it is counted."""
        if changes(method):
            self.seen.append(method.id)
            if error := self._by_count.pop(len(self.seen), None):
                return error
        for at, (pattern, error, left) in enumerate(self._by_method):
            if left and fnmatch.fnmatchcase(method.id, pattern):
                self._by_method[at] = (pattern, error, left - 1)
                return error
        return None


def changes(method: Method) -> bool:
    """Whether a call of it changes something."""
    return method.verb != "GET" and method.word not in _ASKS
