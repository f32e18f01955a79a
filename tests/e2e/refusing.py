"""A registry that says no when it is told to: a proxy on this machine, in front of one that answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import Thread

import requests
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.e2e.registry import Registry


@dataclass
class Refusing:
    """Its address, and what it says to the next `times` questions about a manifest."""

    address: str = ""
    status: int = 200
    code: str = ""
    times: int = 0
    asked: int = 0
    """Questions about a manifest since then. Docker puts each twice where the first is refused: HEAD, then GET."""

    def refuse(self, status: int, code: str = "", times: int = 1000) -> None:
        """From now on. `code`: as a registry says it; without one, as a proxy in front of it does."""
        self.status, self.code, self.times, self.asked = status, code, times, 0

    def refusal(self) -> Response | None:
        """What is said instead of an answer, where one is refused."""
        self.asked += 1
        if self.asked > self.times:
            return None
        if self.code:
            said = jsonify(errors=[{"code": self.code, "message": "not today"}])
            said.status_code = self.status
            return said
        title = f"{self.status} {HTTPStatus(self.status).phrase}"
        return Response(
            f"<html>\r\n<head><title>{title}</title></head>\r\n</html>", self.status, content_type="text/html"
        )


class Quiet(WSGIRequestHandler):
    """Says nothing of what it is asked, for example by Docker, which tries HTTPS first."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Not a word."""


@contextmanager
def refusing(behind: Registry) -> Iterator[Refusing]:
    """The proxy while the block runs; what is pulled by its address is what was pushed to the registry itself."""
    between, app = Refusing(), Flask(__name__)

    @app.get("/v2/", defaults={"path": ""})
    @app.get("/v2/<path:path>")
    def answer(path: str) -> Response:
        if "/manifests/" in path and (no := between.refusal()):
            return no
        asked = {name: value for name, value in request.headers.items() if name != "Accept-Encoding"}
        found = requests.request(
            request.method, f"http://{behind.address}/v2/{path}", headers=asked, timeout=10, allow_redirects=False
        )
        return Response(found.content, found.status_code, found.headers.items())

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    between.address = f"127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield between
    finally:
        server.shutdown()
