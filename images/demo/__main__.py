"""`python3 -m demo`: boot, listen, and on SIGTERM answer what is in flight and go."""

from __future__ import annotations

import os
import signal
import sys
import time

STARTED = time.monotonic()

# As PID 1 a signal without handler is ignored: a container stopped while it boots would hang until SIGKILL.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

# asyncio imports ssl, which nobody here needs, and that is a third of the boot time. None = "not installed".
sys.modules.setdefault("ssl", None)  # type: ignore[arg-type]

import asyncio  # noqa: E402

from .identity import Identity  # noqa: E402
from .server import Server  # noqa: E402

LINGER = 0.5
"""Seconds in which an idle connection may still bring a request that was already on its way when SIGTERM came."""


def say(text: str) -> None:
    """One line in the container's log."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def serve(who: Identity, port: int, boot_seconds: float) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if await stopped_within(stop, boot_seconds):
        say("stopped while booting")
        return 0
    if who.mode == "crash":
        await stopped_within(stop, 0.2)
        say("fatal: this release was made to crash (MODE=crash)")
        return 1
    server = Server(who)
    listener = await loop.create_server(server.connection, None, port, backlog=1024, reuse_address=True)
    say(f"demo {who.version} ({who.release}) ready to accept on {port} after {time.monotonic() - STARTED:.3f} s")
    await stop.wait()
    listener.close()
    say(f"stopping: {server.busy()} requests in flight, {len(server.connections)} connections")
    await server.drain(LINGER)
    say("stopped")
    return 0


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Wait at most so many seconds; True when the stop signal came meanwhile."""
    if seconds <= 0:
        return stop.is_set()
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


def main() -> int:
    """Read the environment and serve."""
    port = int(os.environ.get("PORT", "8000"))
    boot_seconds = float(os.environ.get("DEMO_BOOT_SECONDS", "0"))
    return asyncio.run(serve(Identity.from_environment(os.environ), port, boot_seconds))


if __name__ == "__main__":
    sys.exit(main())
