"""What the demo app answers, over real sockets on the loopback."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.demo.http1 import ChunkedBody
from tests.unit.images.demo import Client, Demo, running


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running(VERSION="7", TANDEM_APP="web", TANDEM_COLOUR="green", TANDEM_RELEASE="green-1a2b3c4d") as app:
        yield app


@pytest.fixture
def client(demo: Demo) -> Client:
    return demo.dial()


def test_every_answer_names_release_and_version(client: Client) -> None:
    for path in ("/", "/healthz", "/version", "/nowhere"):
        _, headers, _ = client.get(path)
        assert (headers["X-Release"], headers["X-Version"]) == ("green-1a2b3c4d", "7")


def test_version_says_who_is_there(client: Client) -> None:
    facts = json.loads(client.get("/version")[2])
    assert facts.keys() == {"app", "version", "release", "colour", "pid", "started"}
    assert (facts["app"], facts["colour"]) == ("web", "green")


def test_its_numbers_are_about_visitors(client: Client) -> None:
    client.get("/healthz")
    before = client.get("/metrics")[2].decode()
    client.get("/nowhere")
    status, headers, body = client.get("/metrics")

    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'demo_info{app="web",release="green-1a2b3c4d",version="7"} 1\n' in body.decode()
    assert counted(body.decode()) == {**counted(before), "404": counted(before).get("404", 0) + 1}


def counted(numbers: str) -> dict[str, int]:
    """Answers by status."""
    return {status: int(count) for status, count in re.findall(r'demo_answers_total\{status="(\d+)"\} (\d+)', numbers)}


def test_the_page_names_the_release(client: Client) -> None:
    status, headers, body = client.get("/")
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert b"green-1a2b3c4d" in body
    assert b"{{" not in body


def test_an_unknown_page_is_404(client: Client) -> None:
    assert client.get("/nowhere")[0] == 404


def test_a_post_is_echoed_on_every_path_whatever_the_host(client: Client) -> None:
    for path in ("/", "/healthcheck", "/a/b?c=d", "/version"):
        assert client.post(path, b"hello")[::2] == (200, b"hello")


def test_an_empty_post_is_echoed_as_an_empty_answer(client: Client) -> None:
    assert client.post("/x")[::2] == (200, b"")


def test_a_large_body_is_echoed_whole(client: Client) -> None:
    body = bytes(range(256)) * 8192
    assert client.post("/upload", body)[2] == body


def test_a_body_too_large_to_keep_is_answered_with_its_digest(client: Client) -> None:
    answer = json.loads(client.post("/upload", b"x" * (9 * 1024 * 1024))[2])
    assert answer["bytes"] == 9 * 1024 * 1024
    assert len(answer["sha256"]) == 64


def test_chunks_are_put_together_and_trailers_dropped(client: Client) -> None:
    client.send(b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n4;name=value\r\n you\r")
    client.send(b"\n0\r\nTrailer: x\r\n\r\n")
    assert client.answer()[2] == b"hello you"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_chunks_may_arrive_in_pieces_of_any_size(size: int) -> None:
    wire = bytearray(b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nNEXT")
    body, buffer = ChunkedBody(), bytearray()
    while not body.feed(buffer):
        buffer += wire[:size]
        del wire[:size]
    assert bytes(body.kept) == b"hello!"
    assert bytes(buffer + wire) == b"NEXT"


def test_requests_sent_ahead_are_answered_in_order(client: Client) -> None:
    client.send(b"".join(b"POST /x HTTP/1.1\r\nContent-Length: 1\r\n\r\n%d" % n for n in range(9)))
    assert [client.answer()[2] for _ in range(9)] == [b"%d" % n for n in range(9)]


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(client: Client) -> None:
    client.send(b"POST /x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert client.head()[0] == 100
    client.send(b"ok")
    assert client.answer()[2] == b"ok"


def test_head_has_the_length_but_no_body(client: Client) -> None:
    client.send(b"HEAD / HTTP/1.1\r\n\r\n")
    status, headers = client.head()
    assert (status, int(headers["Content-Length"]) > 0) == (200, True)
    assert client.get("/healthz")[2] == b"ok\n"


def test_connection_close_is_honoured(client: Client) -> None:
    assert client.post("/x", b"a", "Connection: close")[1]["Connection"] == "close"
    assert client.is_closed()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET /slow?s=soon HTTP/1.1\r\n\r\n", 400),
        (b"GET /ws HTTP/1.1\r\n\r\n", 400),
        (b"POST /control?fail=2 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_closed(
    client: Client, request_bytes: bytes, status: int
) -> None:
    client.send(request_bytes)
    assert client.answer()[0] == status
    assert client.is_closed()


def test_a_slow_answer_does_not_hold_up_others(demo: Demo) -> None:
    slow, quick = demo.dial(), demo.dial()
    slow.send(b"GET /slow?s=0.3 HTTP/1.1\r\n\r\n")
    assert quick.get("/healthz")[0] == 200
    assert slow.answer()[2] == b"after 0.3 s\n"


def test_a_stream_ends_with_END(client: Client) -> None:
    client.send(b"GET /stream?s=0.2&i=0.05 HTTP/1.1\r\nConnection: close\r\n\r\n")
    status, headers = client.head()
    body = client.file.read()
    assert (status, headers["Content-Type"]) == (200, "text/event-stream")
    assert body.count(b"data: green-1a2b3c4d") >= 2
    assert body.endswith(b"data: END\n\n\r\n0\r\n\r\n")


def test_a_connection_goes_on_after_a_stream(client: Client) -> None:
    client.send(b"GET /stream?s=0.01 HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")
    client.head()
    while client.file.readline() != b"0\r\n":
        pass
    client.file.readline()
    assert client.answer()[2] == b"ok\n"


def test_failures_are_switched_on_and_off_evenly_and_never_on_health(demo: Demo) -> None:
    client = demo.dial()
    assert client.post("/control?fail=0.2")[0] == 200
    assert sorted(client.get("/version")[0] for _ in range(20)) == [200] * 16 + [500] * 4
    assert {client.get("/healthz")[0] for _ in range(20)} == {200}
    client.post("/control?fail=0")
    assert {client.get("/version")[0] for _ in range(20)} == {200}


def test_one_page_fails_at_the_rate_asked_for(client: Client) -> None:
    assert {client.get("/fail")[0] for _ in range(3)} == {500}
    assert sorted(client.get("/fail?rate=0.5")[0] for _ in range(10)) == [200] * 5 + [500] * 5


def test_a_secret_is_read_from_the_environment_then_from_its_file_and_proved_without_being_shown(
    tmp_path: Path,
) -> None:
    (tmp_path / "TOKEN").write_text("of the file")
    told = {"TOKEN_FILE": str(tmp_path / "TOKEN"), "BOTH": "of the variable", "BOTH_FILE": str(tmp_path / "TOKEN")}
    with running(**told) as app:
        said = {name: app.dial().get(f"/secret?name={name}&key=k")[2] for name in ("TOKEN", "BOTH", "NEITHER")}

    assert [json.loads(one)["from"] for one in said.values()] == ["file", "env", "none"]
    assert json.loads(said["TOKEN"])["digest"] == hmac.new(b"k", b"of the file", "sha256").hexdigest()
    assert json.loads(said["BOTH"])["digest"] == hmac.new(b"k", b"of the variable", "sha256").hexdigest()
    assert json.loads(said["NEITHER"])["digest"] is None


def test_a_secret_that_is_no_name_is_a_bad_request(client: Client) -> None:
    assert client.get("/secret?name=../etc/passwd")[0] == 400
