"""One run at a time per stack, and one engine per stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tandem.engines import EngineError
from tandem.engines.offline.durable import write_durably
from tandem.locks import holder
from tandem.locks.holder import Held, Holder

ENGINE = "offline"


@contextmanager
def held(directory: Path, stack: str, what: str) -> Iterator[None]:
    """Holds the stack's `lock` until the block ends or the process dies. Raises EngineError when it is taken."""
    try:
        with holder.held(directory / "lock", what):
            yield
    except Held as busy:
        raise EngineError(_refusal(busy, stack)) from None


def holder_of(directory: Path) -> Holder | None:
    """Who holds the stack's `lock`; None when nobody does."""
    return holder.holder_of(directory / "lock")


def free(directory: Path) -> None:
    """Takes the stack's `lock` away from whoever holds it: the next run makes a new one."""
    (directory / "lock").unlink(missing_ok=True)


def _refusal(busy: Held, stack: str) -> str:
    by = busy.holder
    who = f"since {by.since} (pid {by.pid}, user {by.user} on {by.host}: {by.what})" if by else "at this moment"
    return f"another update of {stack} runs {who}; nothing was changed. Wait for it, then try again"


def check_pin(directory: Path, stack: str) -> None:
    """Refuses a stack that another engine runs: two states over one set of containers delete each other's work."""
    pin = directory / "engine"
    pinned = pin.read_text(encoding="utf-8").strip() if pin.is_file() else ENGINE
    if pinned != ENGINE:
        raise EngineError(refusal_of(stack, pinned))


def refusal_of(stack: str, pinned: str | None) -> str:
    """What to say of a stack of another engine."""
    return (
        f"{stack}: this stack is run by the engine {pinned}; use `--engine {pinned}`, "
        f"or destroy the stack with it before another engine takes over"
    )


def set_pin(directory: Path) -> None:
    """Writes the pin, at the first `up`."""
    write_durably(directory / "engine", f"{ENGINE}\n".encode())


def remove_pin(directory: Path) -> None:
    """Frees the stack for any engine: nothing of it is left."""
    (directory / "engine").unlink(missing_ok=True)
