"""The demo app as a process of its own, and a client that sees every byte."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.names import ROOT


class Demo:
    """A running demo app."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def dial(self) -> Client:
        return Client(self.port)

    def stop(self) -> None:
        self.process.terminate()

    def exit_code(self) -> int:
        return self.process.wait(timeout=10)


class Client:
    """One connection: raw bytes out, whole answers in."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def head(self) -> tuple[int, dict[str, str]]:
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        return status, headers

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, headers = self.head()
        return status, headers, self.file.read(int(headers["Content-Length"]))

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.send(f"GET {path} HTTP/1.1\r\nHost: web.localhost\r\n\r\n".encode())
        return self.answer()

    def post(self, path: str, body: bytes = b"", *headers: str) -> tuple[int, dict[str, str], bytes]:
        lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "\r\n"]
        self.send("\r\n".join(lines).encode() + body)
        return self.answer()

    def is_closed(self) -> bool:
        return self.file.read(1) == b""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(**env: str) -> Iterator[Demo]:
    """Start it, wait until it says that it is ready (or ends), and leave nothing behind."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "images.demo"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), **env},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                if "ready to accept" in line or "fatal" in line:
                    break
            yield Demo(process, port)
        finally:
            process.kill()


def eventually(condition: object, limit: float = 5.0) -> None:
    """Poll a condition until it holds."""
    assert callable(condition)
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.01)
