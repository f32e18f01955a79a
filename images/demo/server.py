"""Connections: one request at a time on each, keep-alive, and an orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from . import routes
from .http1 import BadRequestError, Request, head, take_request
from .identity import Identity

READ_AHEAD = 256 * 1024
"""Bytes that a client may send ahead of its answer before we stop reading."""


class Server:
    """What all connections share: who we are, how often to fail, and whether we are leaving."""

    def __init__(self, who: Identity) -> None:
        self.who = who
        self.fail_ratio = 0.2 if who.mode == "errors" else 0.0
        self.connections: set[Connection] = set()
        self.draining = False
        self._failure_due = 0.0
        self.answers: dict[int, int] = {}
        """Whole answers to visitors, by status."""

    def connection(self) -> Connection:
        """A protocol for one new connection."""
        return Connection(self)

    def fails_now(self, ratio: float) -> bool:
        """True for `ratio` of the calls, evenly spread: 0.2 is every fifth, so that short tests see it too."""
        self._failure_due += ratio
        if self._failure_due < 0.999999:
            return False
        self._failure_due -= 1
        return True

    def busy(self) -> int:
        """How many requests are being read or answered."""
        return sum(connection.is_busy() for connection in self.connections)

    async def drain(self, linger: float) -> None:
        """Let every request finish, streams too; idle connections go after `linger` seconds.

        An idle connection is not closed at once: a request may already be on its way on it, and a client that gets a
        reset for a POST must not send it again.
        """
        self.draining = True
        for connection in list(self.connections):
            connection.on_drain()
        loop = asyncio.get_running_loop()
        until = loop.time() + linger
        while self.connections:
            if loop.time() >= until:
                for connection in list(self.connections):
                    connection.close_if_idle()
            await asyncio.sleep(0.01)


class Connection(asyncio.Protocol):
    """One client."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = bytearray()
        self.request: Request | None = None
        self.task: asyncio.Task[None] | None = None
        self.tunnel: Callable[[bytearray], None] | None = None
        self.on_drain: Callable[[], None] = lambda: None
        self._writable = asyncio.Event()
        self._writable.set()

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the client."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the client, and stop working for it."""
        self.server.connections.discard(self)
        self._writable.set()
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer when they complete a request."""
        self.buffer += data
        if self.tunnel:
            self.tunnel(self.buffer)
        elif self.task:
            if len(self.buffer) > READ_AHEAD:
                self.transport.pause_reading()
        else:
            self.advance()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client caught up."""
        self._writable.set()

    # -- requests

    def advance(self) -> None:
        """Read and answer what is complete in the buffer."""
        try:
            while self._request_is_complete():
                assert self.request
                routes.answer(self, self.request)
                if self.task or self.tunnel:
                    return
                self.finish_request()
        except BadRequestError as refusal:
            self.request = None
            self.reply(refusal.status, f"{refusal}\n")

    def _request_is_complete(self) -> bool:
        if self.transport.is_closing():
            return False
        if self.request is None:
            self.request = take_request(self.buffer)
            if self.request is None:
                return False
            if self.request.headers.get(b"expect", b"").lower() == b"100-continue" and not self.buffer:
                self.transport.write(head(100))
        return self.request.body.feed(self.buffer)

    def finish_request(self) -> None:
        """The answer is out: forget the request, keep or close the connection."""
        self.request = None

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Answer in the background; requests behind this one wait."""
        self.task = asyncio.get_running_loop().create_task(work)
        self.task.add_done_callback(self._after_work)

    def _after_work(self, task: asyncio.Task[None]) -> None:
        self.task = None
        if task.cancelled() or self.transport.is_closing():
            return
        if task.exception():
            self.transport.abort()  # a truncated stream must not look complete
            return
        self.finish_request()
        self.transport.resume_reading()
        self.advance()

    # -- answers

    def reply(self, status: int, body: bytes | bytearray | str, kind: str = "text/plain; charset=utf-8") -> None:
        """One whole answer; the connection closes behind it when the client or our own end asks for that."""
        data = body.encode() if isinstance(body, str) else body
        if self.request is None or self.request.path not in routes.UNCOUNTED:
            self.server.answers[status] = self.server.answers.get(status, 0) + 1
        keep = self.keeps_alive()
        self.transport.write(
            head(status, f"Content-Type: {kind}", f"Content-Length: {len(data)}", *self.identity(keep))
        )
        if self.request is None or self.request.method != "HEAD":
            self.transport.write(data)
        if not keep:
            self.transport.close()

    def start_stream(self, kind: str) -> None:
        """The head of an answer in chunks: whoever reads it can tell a cut stream from a finished one."""
        keep = self.keeps_alive()
        lines = (f"Content-Type: {kind}", "Cache-Control: no-store", "Transfer-Encoding: chunked")
        self.transport.write(head(200, *lines, *self.identity(keep)))

    async def send_chunk(self, data: bytes) -> None:
        """One chunk, when the client is ready for it; an empty one ends the stream."""
        await self._writable.wait()
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        if not data and not self.keeps_alive():
            self.transport.close()

    def identity(self, keep: bool) -> tuple[str, ...]:
        """Headers of every answer."""
        who = self.server.who
        return (
            f"X-Release: {who.release}",
            f"X-Version: {who.version}",
            f"Connection: {'keep-alive' if keep else 'close'}",
        )

    def keeps_alive(self) -> bool:
        """Whether another request may follow this one."""
        return self.request is not None and self.request.keep_alive and not self.server.draining

    def is_busy(self) -> bool:
        """Whether a request is being read or answered."""
        return bool(self.request or self.buffer or self.task or self.tunnel)

    def close_if_idle(self) -> None:
        """Close, unless a request is being read or answered."""
        if not self.is_busy():
            self.transport.close()
