"""A Doppler that answers on this machine as it is told, one answer after the other; the last one stays."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "dp.st.prd.fake-token-canary"


@dataclass
class Answer:
    """One answer; `silent`: the request is read and nothing is said for as long as the client waits."""

    body: Any = None
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False

    @property
    def bytes(self) -> bytes:
        """As it goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class FakeDoppler:
    """`asked`: path and headers of each request."""

    answers: list[Answer]
    api: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def take(self) -> Answer:
        """The next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(*answers: Answer) -> Iterator[FakeDoppler]:
    """The server, until the block ends."""
    fake = FakeDoppler(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append((self.path, dict(self.headers)))
            answer = fake.take()
            if answer.silent:
                fake.enough.wait()
                return
            self.send_response(answer.code)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.bytes))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.bytes)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake.api = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            fake.enough.set()
            server.shutdown()
            thread.join()
