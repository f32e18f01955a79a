"""Long-lived clients: WebSockets and server-sent events that say how they ended, who served them and what is missing.

A stream is `complete` when its own end came: the last event of an SSE stream, or the close frame that answers the
client's own. Anything else is a cut, whoever did it. Numbers count up from 0, so that a gap or a second release shows.
"""

from __future__ import annotations

import asyncio
import base64
import os
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["websocket", "sse"]

SILENCE = 15.0
"""Seconds without a byte after which a stream counts as cut."""

TICK = 0.25
"""Seconds between two messages of a stream."""

TEXT, CLOSE = 1, 8


@dataclass
class Stream:
    """One stream: when it began and ended (Unix time), how, and what arrived."""

    kind: Kind
    began: float = 0.0
    ended: float = 0.0
    how: str = "open"
    """complete, open, or why it counts as cut."""
    messages: int = 0
    gaps: int = 0
    releases: list[str] = field(default_factory=list)
    """Every release that spoke in it, in order of appearance; one, when all is well."""

    def arrived(self, number: int, release: str) -> None:
        """Count one message."""
        self.gaps += number != self.messages
        self.messages = number + 1
        if release not in self.releases:
            self.releases.append(release)


def cut(streams: list[Stream]) -> list[Stream]:
    """Those that did not end by themselves, have a gap, or heard more than one release."""
    return [one for one in streams if one.how != "complete" or one.gaps or len(one.releases) != 1]


def summary(streams: list[Stream]) -> dict[str, object]:
    """Counts for a report: ends and serving releases by kind."""
    return {
        kind: {
            "ended": dict(Counter(one.how for one in streams if one.kind == kind)),
            "served_by": dict(Counter(" ".join(one.releases) for one in streams if one.kind == kind)),
            "messages": sum(one.messages for one in streams if one.kind == kind),
            "gaps": sum(one.gaps for one in streams if one.kind == kind),
        }
        for kind in ("websocket", "sse")
    }


@contextmanager
def background(port: int, *, header: str, websockets: int, sse: int, seconds: float) -> Iterator[list[Stream]]:
    """That many streams of `seconds` each, open before the block begins; the block's end waits until all have ended."""
    streams = [Stream("websocket") for _ in range(websockets)] + [Stream("sse") for _ in range(sse)]
    thread = threading.Thread(target=lambda: asyncio.run(_all(streams, port, header, seconds)), daemon=True)
    thread.start()
    limit = time.monotonic() + 30
    while any(one.how == "open" and not one.messages for one in streams):
        assert time.monotonic() < limit, f"the streams did not open: {summary(streams)}"
        time.sleep(0.05)
    yield streams
    thread.join(seconds + 2 * SILENCE)


async def _all(streams: list[Stream], port: int, header: str, seconds: float) -> None:
    await asyncio.gather(*(_follow(one, port, header, seconds) for one in streams))


async def _follow(stream: Stream, port: int, header: str, seconds: float) -> None:
    stream.began = time.time()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            talk = _websocket if stream.kind == "websocket" else _sse
            stream.how = await talk(stream, reader, writer, header, seconds)
        finally:
            writer.close()
    except (OSError, EOFError, ValueError, TimeoutError) as error:
        stream.how = f"cut: {type(error).__name__}"
    stream.ended = time.time()


# -- server-sent events


async def _sse(
    stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, header: str, seconds: float
) -> str:
    writer.write(f"GET /stream?s={seconds:g}&i={TICK} HTTP/1.1\r\nHost: {header}\r\n\r\n".encode())
    head = await _head(reader)
    if not head.startswith("HTTP/1.1 200"):
        return f"cut: {head.splitlines()[0]}"
    last = ""
    async for event in _chunks(reader):
        last = event
        if event.startswith("id: "):
            number, _, data = event.removeprefix("id: ").partition("\ndata: ")
            stream.arrived(int(number), data.split(" ")[0])
    return "complete" if last == "event: end\ndata: END\n\n" else "cut: no end event"


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """Each chunk of a chunked body; the demo app and nginx pass on one event per chunk or several at once."""
    while size := int(await _within(reader.readuntil(b"\r\n")), 16):
        text = (await _within(reader.readexactly(size + 2)))[:-2].decode()
        for event in text.split("\n\n"):
            if event:
                yield event + ("\n\n" if event.startswith("event:") else "")


# -- WebSocket


async def _websocket(
    stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, header: str, seconds: float
) -> str:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13")
    request = "\r\n".join((f"GET /ws?i={TICK} HTTP/1.1", f"Host: {header}", *lines, "", ""))
    writer.write(request.encode())
    head = await _head(reader)
    if not head.startswith("HTTP/1.1 101"):
        return f"cut: {head.splitlines()[0]}"
    until, leaving = time.monotonic() + seconds, False
    while True:
        opcode, payload = await _frame(reader)
        if opcode == TEXT:
            _, number, release = payload.decode().split(" ")
            stream.arrived(int(number), release)
        if opcode == CLOSE:
            return "complete" if leaving else f"cut: closed by the app, code {int.from_bytes(payload[:2])}"
        if not leaving and time.monotonic() >= until:
            leaving = True
            writer.write(_masked(CLOSE, (1000).to_bytes(2)))


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size = await _within(reader.readexactly(2))
    if size == 126:
        size = int.from_bytes(await _within(reader.readexactly(2)))
    return first & 0x0F, await _within(reader.readexactly(size))


def _masked(opcode: int, payload: bytes) -> bytes:
    mask = os.urandom(4)
    return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


async def _head(reader: asyncio.StreamReader) -> str:
    return (await _within(reader.readuntil(b"\r\n\r\n"))).decode("latin-1")


async def _within(read: Coroutine[Any, Any, bytes]) -> bytes:
    return await asyncio.wait_for(read, SILENCE)
