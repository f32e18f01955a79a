"""Exit codes of the command, and the one exception that carries them to the edge.

A script that calls `tandem` may rely on these numbers: they change only with a note in CHANGELOG.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tandem.says.summary import Summary

OK = 0
FAILED = 1
USAGE = 2
REFUSED = 3
BUSY = 4
ENVIRONMENT = 5
PENDING = 6
SWITCHED_OFF = 7
DRIFTED = 8
INTERRUPTED = 130

MEANING = {
    OK: "done",
    FAILED: "failed; what served before serves still",
    USAGE: "wrong usage, or a stack file that is not valid; nothing was changed",
    REFUSED: "a move out of turn, a barred release, another engine than the stack's own, a plan that gate or policy do "
    "not let pass, or a secret in what git tracks; nothing was changed",
    BUSY: "another tandem is at work on this stack; nothing was changed",
    ENVIRONMENT: "Docker, the engine, an image for this machine, a secret, a port or disk space is missing; nothing "
    "was changed",
    PENDING: "the traffic moved, the rest did not: the update failed after the flip, or a rollback went by the host "
    "alone; `up` cleans up",
    SWITCHED_OFF: "the new release was switched off by its verdict; the previous one serves",
    DRIFTED: "`drift` only: the stack is not as its file says; nothing was changed",
    INTERRUPTED: "interrupted by the user; the stack file follows what the host serves, and a watch goes on by itself",
}


class Stop(Exception):  # noqa: N818  (it is not always an error: a refusal is an answer)
    """Ends the command with `code` and a message for people: what, why, the next command."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class FailedRun(Exception):  # noqa: N818  (it carries a run's last word)
    """A run of the engine that failed: the message, the exit code, and the summary of what was done."""

    def __init__(self, message: str, code: int, summary: Summary) -> None:
        super().__init__(message)
        self.code = code
        self.summary = summary


def usage(message: str) -> Stop:
    """The person must change the command or the stack file."""
    return Stop(message, USAGE)


def refused(message: str) -> Stop:
    """The move is out of turn; `message` says what comes next."""
    return Stop(message, REFUSED)


def environment(message: str) -> Stop:
    """The machine lacks something; `message` says how to get it."""
    return Stop(message, ENVIRONMENT)


def table() -> str:
    """The codes as lines for `tandem --help`."""
    return "\n".join(f"{code}: {meaning}" for code, meaning in MEANING.items())
