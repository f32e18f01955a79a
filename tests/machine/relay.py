"""A TCP relay between a client and a machine: a network with a round-trip time, which can be cut.

In the test's own process, one thread with an event loop. Delay is per direction: a round trip takes twice as long.
Bytes keep their order, and bandwidth is not limited.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
CHUNK = 1 << 16


class Relay:
    """`with Relay(address, port, delay=0.05) as relay:` listens on `relay.address:relay.port`."""

    def __init__(self, address: str, port: int, *, delay: float = 0.0) -> None:
        self.target = (address, port)
        self.delay = delay
        """Seconds per direction; may be changed at any time, for bytes that arrive from then on."""
        self.address = "127.0.0.1"
        self.port = 0
        self.connections = 0
        """How many connections were accepted so far."""
        self.bytes = 0
        """How many bytes went through, both ways."""
        self.messages = 0
        """How many pieces came from the client's side: a measure of how far a conversation has got."""
        self._last_message: int | None = None
        self._at_last: Callable[[], Awaitable[None]] = self._cut
        self._silent = False
        self._age = 0
        self._refusing = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return len(self._writers) // 2

    def cut(self) -> None:
        """Resets every open connection; new ones are accepted."""
        self._call(self._cut)

    def cut_at(self, message: int) -> None:
        """The same, by itself, as soon as so many messages more have come; the last of them does not arrive."""
        self._at_last, self._last_message = self._cut, self.messages + message

    def silence(self) -> None:
        """Nothing goes through any more and nobody is told, as when a cable is pulled; until `speak`."""
        self._call(self._hush)

    def silence_at(self, message: int) -> None:
        """The same, by itself, as soon as so many messages more have come."""
        self._at_last, self._last_message = self._hush, self.messages + message

    def speak(self) -> None:
        """New connections work again; those of before stay silent for ever."""
        self._call(self._unhush)

    @property
    def has_struck(self) -> bool:
        """Whether what `cut_at` or `silence_at` asked for has happened."""
        return self._last_message is None

    def refuse(self) -> None:
        """Resets every open connection and refuses new ones, until `accept`."""
        self._call(self._refuse)

    def accept(self) -> None:
        """Takes new connections again, on the same port."""
        self._call(self._listen)

    def _call(self, what: Callable[[], Awaitable[T]]) -> T:
        async def do() -> T:
            return await what()

        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(30)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, self.address, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            # Aborted: the other end sees a reset, as it does when a firewall forgets a connection.
            writer.transport.abort()

    async def _hush(self) -> None:
        self._silent = True

    async def _unhush(self) -> None:
        self._silent = False
        self._age += 1

    async def _close(self) -> None:
        await self._refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there, beyond = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, beyond}
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pass(reader, beyond, counted=True))
                ways.create_task(self._pass(there, writer))
        finally:
            self._tasks.discard(task)
            for end in (writer, beyond):
                self._writers.discard(end)
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool = False) -> None:
        """One direction: bytes wait their delay in a queue, so that a full pipe still carries at full speed."""
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        age = self._age
        async with asyncio.TaskGroup() as group:
            group.create_task(self._arrive(on_the_way, writer))
            try:
                while chunk := await reader.read(CHUNK):
                    if counted:
                        await self._count()
                    if not self._is_silent(age):
                        self.bytes += len(chunk)
                        on_the_way.put_nowait((self._loop.time() + self.delay, chunk))
            except OSError:
                if not self._is_silent(age):
                    writer.transport.abort()
            if self._is_silent(age):
                await self._loop.create_future()
            on_the_way.put_nowait((self._loop.time() + self.delay, b""))

    async def _count(self) -> None:
        self.messages += 1
        if self.messages == self._last_message:
            self._last_message = None
            await self._at_last()

    def _is_silent(self, age: int) -> bool:
        return self._silent or age < self._age

    async def _arrive(self, on_the_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, chunk = await on_the_way.get()
            if (wait := due - self._loop.time()) > 0:
                await asyncio.sleep(wait)
            try:
                if not chunk:
                    writer.write_eof()
                    return
                writer.write(chunk)
                await writer.drain()
            except (OSError, RuntimeError):
                return
