"""What each path answers."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from . import websocket
from .http1 import BadRequestError, Request

if TYPE_CHECKING:
    from .server import Connection

JSON = "application/json"
NUMBERS = "text/plain; version=0.0.4; charset=utf-8"
"""How Prometheus' text format is called."""
UNCOUNTED = ("/healthz", "/metrics")
"""Paths that no visitor asks for."""
PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def answer(client: Connection, request: Request) -> None:
    """Answer a complete request, at once or by a task of the connection."""
    path = request.path
    if path == "/healthz":
        health(client)
    elif path == "/metrics":
        client.reply(200, numbers(client), NUMBERS)
    elif path == "/control" and request.method == "POST" and request.query:
        control(client, request)
    elif client.server.fails_now(client.server.fail_ratio):
        client.reply(500, "made to fail\n")
    elif request.method in ("POST", "PUT", "PATCH"):
        echo(client, request)
    elif request.method not in ("GET", "HEAD"):
        client.reply(405, "expected GET, HEAD, POST, PUT or PATCH\n")
    else:
        read(client, request)


def read(client: Connection, request: Request) -> None:
    """The pages of a GET."""
    path = request.path
    if path == "/":
        client.reply(200, page(client), "text/html; charset=utf-8")
    elif path == "/version":
        client.reply(200, json.dumps(client.server.who.facts()) + "\n", JSON)
    elif path == "/secret":
        secret(client, request)
    elif path == "/slow":
        client.run(slow(client, request.number("s", 2)))
    elif path == "/stream":
        client.run(stream(client, request.number("s", 10), request.number("i", 0.25)))
    elif path == "/ws":
        websocket.accept(client, request, tick=request.number("i", 1))
    elif path == "/fail":
        failing = client.server.fails_now(request.number("rate", 1))
        client.reply(500 if failing else 200, "made to fail\n" if failing else "spared\n")
    else:
        client.reply(404, f"no page here; this is {client.server.who.app} {client.server.who.release}\n")


def secret(client: Connection, request: Request) -> None:
    """`/secret?name=API_TOKEN&key=…`: whether it has this secret, and from where; see `secret`."""
    from . import secret as secrets  # slow to import, seldom needed

    name = request.text("name")
    if not secrets.NAME.fullmatch(name):
        raise BadRequestError(400, "expected the name of a secret, for example /secret?name=API_TOKEN&key=1")
    client.reply(200, json.dumps(secrets.proof(name, request.text("key"), os.environ)) + "\n", JSON)


def health(client: Connection) -> None:
    """Healthy, unless this image was made sick. A release that fails requests is healthy all the same."""
    sick = client.server.who.mode == "sick"
    client.reply(503 if sick else 200, "sick\n" if sick else "ok\n")


def numbers(client: Connection) -> str:
    """What a Prometheus may count: who this is, and answers by status; health checks and these numbers are none."""
    who, server = client.server.who, client.server
    labels = f'app="{who.app}",release="{who.release}",version="{who.version}"'
    lines = ["# TYPE demo_info gauge", f"demo_info{{{labels}}} 1", "# TYPE demo_answers_total counter"]
    lines += [f'demo_answers_total{{status="{status}"}} {count}' for status, count in sorted(server.answers.items())]
    return "\n".join([*lines, ""])


def control(client: Connection, request: Request) -> None:
    """`POST /control?fail=0.2`: from now on that part of all requests but health checks fails; 0 ends it."""
    ratio = request.number("fail", -1)
    if not 0 <= ratio <= 1:
        raise BadRequestError(400, "expected fail between 0 and 1, for example /control?fail=0.2")
    client.server.fail_ratio = ratio
    client.reply(200, json.dumps({"fail": ratio}) + "\n", JSON)


def echo(client: Connection, request: Request) -> None:
    """The body back, byte for byte; only size and digest of one that was too large to keep.

    Nothing is sent before the whole body came: nginx stops sending a request once its answer begins.
    """
    body = request.body
    if body.sha256:
        client.reply(200, json.dumps({"bytes": body.size, "sha256": body.sha256}) + "\n", JSON)
    else:
        client.reply(200, body.kept, "application/octet-stream")


def page(client: Connection) -> str:
    """The page for people; it asks `/version` again and again, so one sees a deploy happen."""
    text = PAGE
    for name, value in client.server.who.facts().items():
        safe = str(value).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        text = text.replace("{{" + name + "}}", safe)
    return text


async def slow(client: Connection, seconds: float) -> None:
    """An answer that takes its time."""
    await asyncio.sleep(seconds)
    client.reply(200, f"after {seconds:g} s\n")


async def stream(client: Connection, seconds: float, interval: float) -> None:
    """Server-sent events for so many seconds; the last one is `END`, so a cut stream can be told."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    client.start_stream("text/event-stream")
    number = 0
    while loop.time() < until:
        await client.send_chunk(f"id: {number}\ndata: {client.server.who.release} {number}\n\n".encode())
        number += 1
        await asyncio.sleep(max(0.001, min(interval, until - loop.time())))
    await client.send_chunk(b"event: end\ndata: END\n\n")
    await client.send_chunk(b"")
