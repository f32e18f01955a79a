"""The fake over HTTP, on this machine only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.google.documents import Json
from tests.google.fake import errors, operations
from tests.google.fake.call import Call, answerer, check_project
from tests.google.fake.errors import GoogleError
from tests.google.fake.faults import Faults
from tests.google.fake.routes import find
from tests.google.fake.serving import EVERYBODY
from tests.google.fake.world import World


@dataclass(frozen=True)
class Said:
    """One call that was answered: method id (or verb and path), path, code."""

    method: str
    path: str
    code: int


@dataclass
class Fake:
    """A running fake."""

    url: str
    world: World
    faults: Faults = field(default_factory=Faults)
    log: list[Said] = field(default_factory=list)

    def answer(self, verb: str, url: str, sent: bytes, base: str) -> tuple[int, Json]:
        """Code and body for one request. Nothing here waits, so one at a time is enough."""
        parts = urlsplit(url)
        found = find(verb, parts.path)
        name = found.method.id if found else f"{verb} {parts.path}"
        try:
            if not found:
                raise errors.missing_method(name)
            body = json.loads(sent) if sent.strip() else {}
            code, reply = 200, self._reply(Call(self.world, found, dict(parse_qsl(parts.query)), body, base))
        except GoogleError as error:
            code, reply = error.code, error.body()
        self.log.append(Said(name, parts.path, code))
        return code, reply

    def _reply(self, call: Call) -> Json:
        fault = self.faults.met(call.method)
        if fault and fault.late and call.method.api == "compute":
            return operations.started(Call(**{**vars(call), "fault": fault}), call.path)
        if fault:
            raise fault
        answer = answerer(call.method)
        if not answer:
            raise errors.missing_method(f"{call.method.id} ({len(EVERYBODY)} files know others)")
        check_project(call)
        # What is sent is what is there now: a later change must not reach into it.
        reply: Json = json.loads(json.dumps(answer(call)))
        return reply

    def changes(self) -> list[str]:
        """The ids of the calls that changed something, in order; failed ones too."""
        return list(self.faults.seen)


@contextmanager
def fake(world: World | None = None, *, port: int = 0) -> Iterator[Fake]:
    """A fake that runs while the block does; a free port where none is said."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            verb = self.headers.get("X-HTTP-Method-Override") or self.command
            with lock:
                code, reply = running.answer(verb, self.path, sent, f"http://{self.headers['Host']}")
            body = json.dumps(reply).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  (http.server's own names)

        def log_message(self, *_: object) -> None:
            """Nothing: see Fake.log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", port), Handler) as server:
        running = Fake(f"http://127.0.0.1:{server.server_port}", world or World())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
