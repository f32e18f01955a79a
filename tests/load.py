"""Load from outside: POSTs that are never retried, so that every request the gateway loses is seen and counted.

Two kinds of clients: on keep-alive connections (they look for a closed socket before reuse, as urllib3 and Go do) and
on a fresh connection per request. Retrying clients hide exactly what these tests look for, so nothing here retries.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ANSWER_LIMIT = 30.0
"""Seconds a client waits for one answer before it counts the request as lost."""

_BODY = b"abcd"


@dataclass
class Tally:
    """What the clients saw. `release` is the app's own word (X-Release), else the gateway's (X-Served-By)."""

    status: Counter[int] = field(default_factory=Counter)
    release: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stale_seen: int = 0
    closed_politely: int = 0
    moments: list[tuple[float, str]] = field(default_factory=list)
    """Unix time of sending and reason of the first lost requests, at most `remembered`."""
    remembered: int = 50

    @property
    def requests(self) -> int:
        """Requests sent, answered or not."""
        return self.status.total() + self.errors.total()

    @property
    def lost(self) -> int:
        """Requests that got an exception or anything but 200."""
        return self.requests - self.status[200]

    def blame(self, sent: float, reason: str) -> None:
        """Remember when a lost request was sent (Unix time), and why it counts as lost."""
        if len(self.moments) < self.remembered:
            self.moments.append((round(sent, 3), reason))

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.lost} lost; status {dict(self.status)}, releases {dict(self.release)}, "
            f"errors {dict(self.errors)}, stale {self.stale_seen}, first losses {self.moments[:5]}"
        )


@dataclass
class Client:
    """One client: a connection it may reuse, and the request it repeats."""

    host: str
    port: int
    request: bytes
    keep: bool
    tally: Tally
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    reused: bool = False
    sent: float = 0.0

    async def post(self) -> None:
        """Send one request and count how it ended; never raises for a lost one."""
        self._look_for_a_closed_socket()
        self.sent = time.time()
        try:
            await self._connect()
            await asyncio.wait_for(self._exchange(), ANSWER_LIMIT)
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            reason = f"{'reused' if self.reused else 'fresh'}:{type(error).__name__}"
            self.tally.errors[reason] += 1
            self.tally.blame(self.sent, reason)
            self.close()

    def close(self) -> None:
        """Forget the connection."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    def _look_for_a_closed_socket(self) -> None:
        if (
            self.reader is not None
            and self.writer is not None
            and (self.reader.at_eof() or self.writer.transport.is_closing())
        ):
            self.tally.stale_seen += 1
            self.close()

    async def _connect(self) -> None:
        self.reused = self.writer is not None
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def _exchange(self) -> None:
        assert self.reader is not None and self.writer is not None
        self.writer.write(self.request)
        await self.writer.drain()
        status, headers = _head(await self.reader.readuntil(b"\r\n\r\n"))
        await _body(self.reader, headers)
        self.tally.status[status] += 1
        self.tally.release[headers.get("x-release") or headers.get("x-served-by") or "?"] += 1
        if status != 200:
            self.tally.blame(self.sent, f"status {status}")
        if not self.keep or headers.get("connection", "").lower() == "close":
            self.tally.closed_politely += int(self.keep)
            self.close()


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = raw.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split(" ", 2)[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> None:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        await reader.readexactly(int(headers["content-length"]) if "content-length" in headers else 0)
        return
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


def _request(path: str, header: str, *, keep: bool) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: {header}", f"Content-Length: {len(_BODY)}"]
    if not keep:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + _BODY


async def run(
    host: str,
    port: int,
    *,
    header: str,
    clients: int = 16,
    fresh: int = 4,
    seconds: float | None = None,
    stop: asyncio.Event | None = None,
    path: str = "/",
    think: float = 0.0,
    tally: Tally | None = None,
) -> Tally:
    """Load `host:port` with the Host header `header` until `seconds` are over or `stop` is set; return what was seen.

    `clients` keep their connection, `fresh` open one per request; `think` is the mean pause in seconds of each.
    A `tally` given is filled in place, so that a test may watch it grow.
    """
    seen = Tally() if tally is None else tally
    end = None if seconds is None else time.monotonic() + seconds

    def over() -> bool:
        return (end is not None and time.monotonic() >= end) or (stop is not None and stop.is_set())

    async def client(*, keep: bool) -> None:
        one = Client(host, port, _request(path, header, keep=keep), keep, seen)
        while not over():
            await one.post()
            await asyncio.sleep(random.random() * 2 * think)
        one.close()

    await asyncio.gather(*(client(keep=index < clients) for index in range(clients + fresh)))
    return seen


@contextmanager
def background(
    port: int,
    *,
    header: str,
    host: str = "127.0.0.1",
    clients: int = 16,
    fresh: int = 4,
    think: float = 0.0,
    remembered: int = 50,
) -> Iterator[Tally]:
    """Load in a thread while the body runs; the tally given grows, and is final once the body has ended."""
    tally, stop, loop = Tally(remembered=remembered), asyncio.Event(), asyncio.new_event_loop()
    work = run(host, port, header=header, clients=clients, fresh=fresh, think=think, stop=stop, tally=tally)
    thread = threading.Thread(target=lambda: loop.run_until_complete(work), daemon=True)
    thread.start()
    try:
        yield tally
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(ANSWER_LIMIT + 10)
        loop.close()
