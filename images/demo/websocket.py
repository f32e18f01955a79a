"""WebSocket (RFC 6455) by hand: an echo that also ticks, so that a cut connection shows."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

from .http1 import BadRequestError, Request, head

if TYPE_CHECKING:
    from .server import Connection

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMIT = 1024 * 1024

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

GOING_AWAY, PROTOCOL_ERROR, TOO_BIG = 1001, 1002, 1009


def accept(client: Connection, request: Request, *, tick: float) -> None:
    """Upgrade the connection, then echo messages and send the release's name every `tick` seconds (0: never)."""
    key = request.headers.get(b"sec-websocket-key")
    if not key or request.headers.get(b"upgrade", b"").lower() != b"websocket":
        raise BadRequestError(400, "expected a WebSocket upgrade")
    lines = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept_key(key)}")
    client.transport.write(head(101, *lines, *client.identity(keep=True)[:2]))
    session = Session(client)
    client.tunnel = session.feed
    client.on_drain = session.leave
    if client.server.draining:
        session.leave()
        return
    if tick > 0:
        client.run(session.tick(tick))
    session.feed(client.buffer)


def accept_key(key: bytes) -> str:
    """The proof that we understood the upgrade."""
    from hashlib import sha1  # slow to import, and the boot must be quick

    return base64.b64encode(sha1(key + GUID, usedforsecurity=False).digest()).decode()


def frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked, final frame, as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8) + payload


class BadFrameError(Exception):
    """The client broke the protocol; carries the close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def take_frame(buffer: bytearray) -> tuple[int, bool, bytes] | None:
    """Remove one masked frame from the front of `buffer`: opcode, final, payload. None while it is incomplete."""
    if len(buffer) < 2:
        return None
    opcode, final = buffer[0] & 0x0F, bool(buffer[0] & 0x80)
    size, start = buffer[1] & 0x7F, 2
    if buffer[0] & 0x70 or not buffer[1] & 0x80:
        raise BadFrameError(PROTOCOL_ERROR)  # reserved bits, or a client that does not mask
    if size > 125:
        start += 2 if size == 126 else 8
        if len(buffer) < start:
            return None
        size = int.from_bytes(buffer[2:start])
    if size > LIMIT:
        raise BadFrameError(TOO_BIG)
    if len(buffer) < start + 4 + size:
        return None
    mask = bytes(buffer[start : start + 4]) * (size // 4 + 1)
    data = bytes(buffer[start + 4 : start + 4 + size])
    del buffer[: start + 4 + size]
    unmasked = int.from_bytes(data) ^ int.from_bytes(mask[:size])
    return opcode, final, unmasked.to_bytes(size)


class Session:
    """One open WebSocket."""

    def __init__(self, client: Connection) -> None:
        self.client = client
        self.message = bytearray()
        self.kind = TEXT
        self.closed = False

    def feed(self, buffer: bytearray) -> None:
        """Answer every complete frame."""
        try:
            while not self.closed and (received := take_frame(buffer)):
                self.answer(*received)
        except BadFrameError as fault:
            self.leave(fault.code)

    def answer(self, opcode: int, final: bool, payload: bytes) -> None:
        """Echo text and binary messages, fragmented ones too; pong a ping; close when asked to."""
        if opcode == CLOSE:
            self.close(payload)
        elif opcode == PING:
            self.send(PONG, payload)
        elif opcode in (TEXT, BINARY, CONTINUATION):
            self.kind = opcode or self.kind
            self.message += payload
            if len(self.message) > LIMIT:
                raise BadFrameError(TOO_BIG)
            if final:
                self.send(self.kind, bytes(self.message))
                self.message.clear()
        elif opcode != PONG:
            raise BadFrameError(PROTOCOL_ERROR)

    async def tick(self, interval: float) -> None:
        """Say who is there, until the connection closes."""
        number = 0
        while not self.closed:
            self.send(TEXT, f"tick {number} {self.client.server.who.release}".encode())
            number += 1
            await asyncio.sleep(interval)

    def send(self, opcode: int, payload: bytes) -> None:
        """One frame, unless the connection is on its way out."""
        if not self.closed:
            self.client.transport.write(frame(opcode, payload))

    def leave(self, code: int = GOING_AWAY) -> None:
        """Say why, then close."""
        self.close(code.to_bytes(2))

    def close(self, payload: bytes) -> None:
        """Send the close frame and close the connection."""
        self.send(CLOSE, payload)
        self.closed = True
        self.client.transport.close()
