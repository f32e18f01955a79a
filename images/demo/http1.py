"""HTTP/1.1 read by hand: request heads, and bodies by length or in chunks.

Pure: bytes in, values out. asyncio's own streams cost three times the processor time per request, and the load tests
share two cores with what they test.
"""

from __future__ import annotations

KEEP = 8 * 1024 * 1024
"""Bytes of a body that are kept for the echo. A larger body is read to its end, but only measured and digested."""

HEAD_LIMIT = 64 * 1024

REASONS = {
    100: "Continue",
    101: "Switching Protocols",
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class BadRequestError(Exception):
    """What the client sent is not HTTP as we speak it; carries the status to answer before closing."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Request:
    """One request head; `body` is filled while it arrives."""

    __slots__ = ("body", "headers", "keep_alive", "method", "path", "query")

    def __init__(self, method: str, target: str, version: str, headers: dict[bytes, bytes]) -> None:
        self.method = method
        self.path, _, self.query = target.partition("?")
        self.headers = headers
        connection = headers.get(b"connection", b"").lower()
        self.keep_alive = b"close" not in connection and (version == "HTTP/1.1" or b"keep-alive" in connection)
        self.body = body_of(headers)

    def text(self, name: str) -> str:
        """A word from the query string; empty where there is none."""
        pairs = (pair.partition("=") for pair in self.query.split("&"))
        return next((value for key, _, value in pairs if key == name), "")

    def number(self, name: str, default: float) -> float:
        """A number from the query string; anything else is a bad request."""
        for pair in self.query.split("&"):
            key, _, value = pair.partition("=")
            if key == name:
                try:
                    return float(value)
                except ValueError:
                    raise BadRequestError(400, f"{name}={value}: expected a number, for example {name}=0.5") from None
        return default


def take_request(buffer: bytearray) -> Request | None:
    """Remove one request head from the front of `buffer`; None while it is incomplete."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > HEAD_LIMIT:
            raise BadRequestError(431, "the request head is larger than 64 KiB")
        return None
    first, *lines = bytes(buffer[:end]).split(b"\r\n")
    del buffer[: end + 4]
    try:
        method, target, version = first.decode("latin-1").split(" ")
    except ValueError:
        raise BadRequestError(400, "the request line is not `METHOD TARGET VERSION`") from None
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequestError(400, f"{version}: expected HTTP/1.1")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequestError(400, "a header line has no colon")
        headers[name.lower()] = value.strip()
    return Request(method, target, version, headers)


class Body:
    """A body of known length. `feed` takes what is there and says whether that was all."""

    def __init__(self, length: int = 0) -> None:
        self.left = length
        self.size = 0
        self.kept = bytearray()
        self.sha256 = ""

    def feed(self, buffer: bytearray) -> bool:
        """Move bytes from the front of `buffer` into the body; True once it is complete."""
        if self.left and buffer:
            part = buffer[: self.left]
            del buffer[: len(part)]
            self.left -= len(part)
            self._take(part)
        return self._finished(not self.left)

    def _take(self, part: bytearray) -> None:
        self.size += len(part)
        if self.size <= KEEP:
            self.kept += part
            return
        if not hasattr(self, "_digest"):
            import hashlib  # slow to import, seldom needed

            self._digest = hashlib.sha256(self.kept)
            self.kept.clear()
        self._digest.update(part)

    def _finished(self, complete: bool) -> bool:
        if complete and self.size > KEEP:
            self.sha256 = self._digest.hexdigest()
        return complete


class ChunkedBody(Body):
    """A body in chunks; trailers are read and dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.in_trailers = False

    def feed(self, buffer: bytearray) -> bool:
        """Move chunks from the front of `buffer` into the body; True once the last one came."""
        while not self.left or self._take_chunk(buffer):
            line = _take_line(buffer)
            if line is None:
                return False
            if not self.in_trailers:
                size = _chunk_size(line)
                self.in_trailers = size == 0
                self.left = size + 2 if size else 0
            elif not line:
                return self._finished(True)
        return False

    def _take_chunk(self, buffer: bytearray) -> bool:
        """Take data of the open chunk, then the line end behind it; True once both came."""
        if self.left > 2:
            part = buffer[: self.left - 2]
            del buffer[: len(part)]
            self.left -= len(part)
            self._take(part)
        if self.left > 2 or len(buffer) < 2:
            return False
        del buffer[:2]
        self.left = 0
        return True


def _take_line(buffer: bytearray) -> bytes | None:
    end = buffer.find(b"\r\n")
    if end < 0:
        if len(buffer) > 4096:
            raise BadRequestError(400, "a chunk size line is longer than 4096 bytes")
        return None
    line = bytes(buffer[:end])
    del buffer[: end + 2]
    return line


def _chunk_size(line: bytes) -> int:
    size = line.partition(b";")[0].strip().lower()
    if not size or size.strip(b"0123456789abcdef"):
        raise BadRequestError(400, "a chunk size is not hexadecimal")
    return int(size, 16)


def body_of(headers: dict[bytes, bytes]) -> Body:
    """The body that these headers announce; an empty one without any."""
    if b"transfer-encoding" in headers:
        if headers[b"transfer-encoding"].lower() != b"chunked":
            raise BadRequestError(501, "only Transfer-Encoding: chunked is understood")
        return ChunkedBody()
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise BadRequestError(400, "Content-Length is not a number")
    return Body(int(length))


def head(status: int, *lines: str) -> bytes:
    """A response head, ready to send."""
    return "\r\n".join((f"HTTP/1.1 {status} {REASONS[status]}", *lines, "\r\n")).encode("latin-1")
